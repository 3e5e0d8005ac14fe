/** Eval functions of plugins that rule files load by name. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { parseRules } from '../language/parse.ts';
import { languagesOf } from './support/languages.ts';
import { isHit, plain, type Told } from './testing.ts';

describe('an address in the display name', () => {
  const spoof = plain(
    'From: "boss@example.org" <x@gmail.com>\nTo: ann@example.org\nReply-To: <boss@example.org>\n',
  );
  const dkim = {
    authentication: {
      dkim: [{ result: 'pass' as const, domain: 'Lists.test', selector: 's', aligned: false }],
    },
  };
  test.each<[string, string, boolean, Told?]>([
    ['check_fromname_spoof()', spoof, true],
    ['check_fromname_spoof()\nfns_ignore_dkim lists.test', spoof, false, dkim],
    ['check_fromname_spoof()\nfns_ignore_headers Reply-To', spoof, false],
    ['check_fromname_spoof()', plain('From: "Boss" <x@gmail.com>\n'), false],
    ['check_fromname_spoof()', plain('From: "x@example.de" <y@mail.example.co.uk>\n'), false],
    ['check_fromname_spoof()\nfns_check 0', plain('From: "x@example.de" <y@mail.example.co.uk>\n'), true],
    ['check_fromname_spoof()\nfns_check 2', plain('From: "x@example.org" <y@example.org>\n'), false],
    ['check_fromname_contains_email()', spoof, true],
    ['check_fromname_contains_email()', plain('From: Boss @ home <x@gmail.com>\n'), false],
    ['check_fromname_different()', plain('From: "x@example.org" <x@example.org>\n'), false],
    ['check_fromname_different()', spoof, true],
    ['check_fromname_owners_differ()', spoof, true],
    ['check_fromname_owners_differ()', plain('From: "x@a.example.org" <y@example.org>\n'), false],
    ['check_fromname_domain_differ()', plain('From: "x@a.example.org" <y@example.org>\n'), true],
    ['check_fromname_equals_to()', spoof, false],
    [
      'check_fromname_equals_to()',
      plain('From: "ann@example.org" <x@gmail.com>\nTo: Ann@example.org\n'),
      true,
    ],
    ['check_fromname_equals_replyto()', spoof, true],
    ['check_fromname_equals_replyto()', plain('From: "boss@example.org" <x@gmail.com>\n'), false],
  ])('%s', async (rule, message, hit, told) => {
    expect(await isHit('header', rule, message, told)).toBe(hit);
  });
});

const TEXTS: Readonly<Record<string, string>> = {
  en: 'We are writing to let you know that your order has been sent and that it will be with you by the end of the week. If you have not asked for this, please tell us, and we will take it back from you. Thank you for your trust in our work, and we hope to see you again.',
  de: 'Wir möchten Sie darauf hinweisen, dass Ihre Bestellung heute das Lager verlassen hat und in den nächsten Tagen bei Ihnen eintrifft. Wenn Sie sie nicht aufgegeben haben, wenden Sie sich bitte an uns. Vielen Dank für das Vertrauen, das Sie uns entgegenbringen.',
  fr: 'Nous vous informons que votre commande a quitté notre entrepôt et que vous la recevrez dans les prochains jours. Si vous ne l’avez pas passée, nous vous prions de nous le faire savoir par retour de courrier. Merci de votre confiance et à bientôt sur le site.',
  es: 'Le informamos de que su pedido ha salido hoy de nuestro almacén y que lo recibirá en los próximos días. Si no lo ha hecho usted, le rogamos que nos lo diga por correo para que podamos anularlo. Gracias por la confianza que ha puesto en nosotros y hasta pronto.',
  pl: 'Informujemy, że zamówienie zostało dziś wysłane i powinno dotrzeć do Państwa w ciągu kilku dni. Jeśli nie było to zamówienie od Państwa, prosimy o kontakt, aby można było je anulować, bo nie jest to możliwe po wysłaniu. Dziękujemy za zaufanie i do zobaczenia na stronie.',
  ru: 'Сообщаем вам, что ваш заказ сегодня покинул наш склад и будет доставлен в ближайшие дни. Если вы не делали этот заказ, пожалуйста, напишите нам, чтобы мы могли его отменить, так как после отправки это уже не возможно. Спасибо за доверие и до встречи на сайте.',
  uk: 'Повідомляємо вам, що ваше замовлення сьогодні залишило наш склад і буде доставлене у найближчі дні. Якщо ви не робили це замовлення, будь ласка, напишіть нам, щоб ми могли його скасувати, або зателефонуйте за номером, який є на сайті. Дякуємо за довіру та до зустрічі.',
  el: 'Σας ενημερώνουμε ότι η παραγγελία σας έφυγε σήμερα από την αποθήκη μας και θα παραδοθεί τις επόμενες ημέρες. Αν δεν κάνατε εσείς αυτή την παραγγελία, παρακαλούμε να μας γράψετε για να την ακυρώσουμε. Σας ευχαριστούμε πολύ για την εμπιστοσύνη σας και ελπίζουμε να σας δούμε ξανά σύντομα στο κατάστημα.',
  zh: '您好，您的订单今天已经从我们的仓库发出，预计将在未来几天内送达。如果您没有下过这个订单，请尽快与我们联系，以便我们取消它。感谢您对我们的信任和支持，期待您再次光临我们的网站，祝您生活愉快，工作顺利。',
  ja: 'お客様のご注文は本日倉庫から発送されました。数日以内にお届けする予定です。もしご注文に心当たりがない場合は、お手数ですがこちらまでご連絡ください。今後ともどうぞよろしくお願いいたします。ありがとうございました。',
};

describe('languages', () => {
  test.each(Object.entries(TEXTS))('%s', (language, text) => {
    expect(languagesOf(text)[0]).toBe(language);
  });

  test('of short texts, and of what is no language, nothing is said', () => {
    expect(languagesOf('Hello, how are you?')).toEqual([]);
    expect(languagesOf('0x3f '.repeat(200))).toEqual([]);
    expect(languagesOf('zxqv klmrt wprtz '.repeat(50))).toEqual([]);
  });

  const body = (language: string): string =>
    `Subject: x\nContent-Type: text/plain; charset=utf-8\n\n${Buffer.from(TEXTS[language] ?? '').toString('latin1')}\n`;
  test.each<[string, string, boolean]>([
    ['check_language()', body('ru'), false],
    ['check_language()\nok_languages all', body('ru'), false],
    ['check_language()\nok_languages en de', body('ru'), true],
    ['check_language()\nok_languages en de', body('de'), false],
    ['check_language()\nok_languages en zh.big5', body('zh'), false],
    ['check_language()\nok_languages en\ninactive_languages ru', body('ru'), false],
    ['check_body_8bits()\nok_languages en', body('ru'), true],
    ['check_body_8bits()\nok_languages en ru', body('ru'), false],
    ['check_body_8bits()', body('ru'), false],
  ])('%s', async (rule, message, hit) => {
    expect(await isHit('body', rule, message)).toBe(hit);
  });
});

describe('PDFs', () => {
  const document = Buffer.from(
    '%PDF-1.4\n1 0 obj\n<</Type/Catalog>>\nendobj\n2 0 obj\n<</Type/XObject /Subtype /Image /Width 600 /Height 200 /Length 4>>\n' +
      'stream\nabcd\nendstream\nendobj\n3 0 obj\n<</Producer (GPL Ghostscript 8.1) /Title <FEFF00480069>>>\nendobj\ntrailer\n<</Root 1 0 R>>\n%%EOF\n',
  );
  const letter = (file: Buffer, text = ''): string =>
    'Subject: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain\n\n' +
    `${text}\n--b\nContent-Type: application/pdf\nContent-Disposition: attachment; filename="bill.pdf"\nContent-Transfer-Encoding: base64\n\n${file.toString('base64')}\n--b--\n`;
  const md5 = createHash('md5').update(document).digest('hex');
  test.each<[string, boolean, (string | Buffer)?]>([
    ["pdf_count('1')", true],
    ["pdf_count('2', '3')", false],
    ["pdf_image_count('1', '1')", true],
    ["pdf_pixel_coverage('120000', '120000')", true],
    ["pdf_pixel_coverage('1', '1000')", false],
    ["pdf_image_size_range('100', '450', '240', '800')", true],
    ["pdf_image_size_range('180', '180', '360', '360')", false],
    ["pdf_image_size_exact('200', '600')", true],
    ["pdf_image_to_text_ratio('0.0', '0.001')", true],
    ["pdf_named('bill.pdf')", true],
    ["pdf_named('other.pdf')", false],
    ["pdf_name_regex('/^bill/')", true],
    [`pdf_match_md5('${md5}')`, true],
    ["pdf_match_md5('d41d8cd98f00b204e9800998ecf8427e')", false],
    ["pdf_match_details('producer', '/^(?:gnu|gpl) ghostscript/i')", true],
    ["pdf_match_details('title', '/^Hi$/')", true],
    ["pdf_match_details('version', '/^1.4$/')", true],
    ["pdf_match_details('author', '/./')", false],
    ['pdf_is_encrypted()', false],
    [
      'pdf_is_encrypted()',
      true,
      Buffer.from(document.toString('latin1').replace('/Root', '/Encrypt 9 0 R /Root'), 'latin1'),
    ],
    ['pdf_is_empty_body()', true],
    ['pdf_is_empty_body()', false, 'some words'],
    ["pdf_is_empty_body('20')", true, 'some words'],
  ])('%s: %s', async (rule, hit, told) => {
    const message = typeof told === 'object' ? letter(told) : letter(document, told);
    expect(await isHit('body', rule, message)).toBe(hit);
  });

  test('without a PDF nothing hits', async () => {
    for (const call of ["pdf_count('1')", 'pdf_is_empty_body()', "pdf_image_size_range('0', '0')"])
      expect(await isHit('body', call, plain('Subject: x\n'))).toBe(false);
  });
});

test('rules of these plugins are read where they are loaded, and not before', () => {
  const rules = 'ifplugin Mail::SpamAssassin::Plugin::TextCat\nbody A eval:check_language()\nendif\n';
  const read = (text: string): string[] => parseRules([{ name: 'a.cf', text }]).rules.map(({ name }) => name);
  expect(read(rules)).toEqual([]);
  expect(read(`loadplugin Mail::SpamAssassin::Plugin::TextCat\n${rules}`)).toEqual(['A']);
  expect(read(`${rules}loadplugin Mail::SpamAssassin::Plugin::TextCat\n`)).toEqual([]);
  const { faults } = parseRules([{ name: 'a.cf', text: 'loadplugin Mail::SpamAssassin::Plugin::Nobody\n' }]);
  expect(faults).toMatchObject([{ level: 'note' }]);
});

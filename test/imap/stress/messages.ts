import type { Random } from './random.ts';

const WORDS = ['lorem', 'ipsum', 'dolor', 'sit', 'amet', 'Zürich', '=?utf-8?q?caf=C3=A9?=', 'tamis'];
const SUBJECTS = ['lunch', 'Re: lunch', 'Fwd: lunch', 'report', 'Re: report', ''];

/** A message with a number of its own; many belong to threads, some have parts. */
export function makeMessage(number: string, random: Random): Buffer {
  const text = Array.from({ length: 3 + random.below(200) }, () => random.pick(WORDS)).join(' ');
  const lines = (text.match(/.{1,70}(?: |$)/g) ?? []).join('\r\n');
  const parents = random.chance(0.6) ? `References: <${random.below(40)}@example.org>\r\n` : '';
  const header = [
    `From: "A ${number}" <a${number}@example.org>`,
    'To: b@example.org, "C, D" <c@example.org>',
    `Subject: ${random.pick(SUBJECTS)} ${random.pick(WORDS)}`,
    `Date: ${1 + random.below(28)} Jan 2024 10:00:00 +0100`,
    `Message-ID: <${random.chance(0.5) ? random.below(40) : number}@example.org>`,
    `X-Number: ${number}`,
    `${parents}MIME-Version: 1.0`,
  ].join('\r\n');
  if (random.chance(0.5)) return Buffer.from(`${header}\r\n\r\n${lines}\r\n`);
  return Buffer.from(
    `${header}\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\n${lines}\r\n--b\r\n` +
      `Content-Type: message/rfc822\r\n\r\nSubject: in it\r\n\r\n${number}\r\n--b\r\n` +
      'Content-Type: application/octet-stream; name=x\r\nContent-Transfer-Encoding: base64\r\n\r\n' +
      `${Buffer.from(number).toString('base64')}\r\n--b--\r\n`,
  );
}

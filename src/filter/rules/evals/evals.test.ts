/** Eval functions on HTML, parts and text, by rules that ask them. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { contextOf } from '../../views/testing.ts';
import { createRuleEngine } from '../engine.ts';
import { parseRules } from '../language/parse.ts';
import { prepareRules } from '../prepare.ts';
import { evalFunctions } from './index.ts';
import { type Case, html, isHit, plain } from './testing.ts';

function table(kind: string, cases: readonly Case[]): void {
  test.each(cases.map((one) => [one[0], one] as const))(
    `${kind} %s (%#)`,
    async (rule, [, message, hit, told]) => {
      expect(await isHit(kind, rule, message, told)).toBe(hit);
    },
  );
}

describe('HTML', () => {
  table('body', [
    ["html_test('html')", html('<p>x</p>'), true],
    ["html_test('html')", plain(''), false],
    ["html_range('bad_tag_ratio', '0.40', '0.50')", html('<p>a</p><foo>b</foo>'), true],
    ["html_range('bad_tag_ratio', '0.50', '0.60')", html('<p>a</p><foo>b</foo>'), false],
    ["html_range('max_size', '6', 'inf')", html('<font size="+4">x</font>'), true],
    ["html_range('closed_extra_ratio', '0.09', 'inf')", html('<p>x</p></b></i>'), true],
    ["html_range('obfuscation_ratio', '.7', '.8')", html('<b>V</b>ia<b>g</b>ra'), true],
    ["html_eval('length', '< 20')", html('<p>x</p>'), true],
    ["html_eval('length', '< 5')", html('<p>x</p>'), false],
    ["html_text_match('title', '^Free')", html('<title>Free offer</title>'), true],
    ["html_text_match('comment', '<!(?!-).{0,6}>')", html('<p>a<!x>b</p>'), true],
    ["html_text_match('comment', '<!(?!-).{0,6}>')", html('<p>a<!--x-->b</p>'), false],
    ["html_text_match('anchor', '<img>')", html('<a href="http://e.org/"><img src="x"></a>'), true],
    ["html_tag_balance('body', '!= 0')", html('<body>x'), true],
    ["html_tag_balance('body', '!= 0')", html('<body>x</body>'), false],
    ["html_tag_exists('center')", html('<CENTER>x</CENTER>'), true],
    ["html_image_only('0', '400')", html('<img src="cid:a">'), true],
    ["html_image_only('0', '400')", html('<p>x</p>'), false],
    ["html_image_ratio('0.000', '0.002')", html('<img width="600" height="400" src="a">text'), true],
    ["html_test('font_low_contrast')", html('<font color="#fefefe">x</font>'), true],
    [
      "html_test('font_low_contrast')",
      html('<table bgcolor="#000000"><tr><td><font color="white">x</font></td></tr></table>'),
      false,
    ],
    ["html_test('font_low_contrast')", html('<span style="color: rgb(255,255,255)">x</span>'), true],
    ["html_test('font_invalid_color')", html('<font color="12">x</font>'), true],
    ["html_test('font_face_bad')", html('<font face="%%">x</font>'), true],
    ["html_test('form_action_mailto')", html('<form action="mailto:a@e.org">'), true],
    ["html_test('embeds')", html('<object data="x"></object>'), true],
    ["html_title_subject_ratio('3.5')", `Subject: a\n${html('<title>a much longer title</title>')}`, true],
    ['check_iframe_src()', html('<iframe src="http://e.org/"></iframe>'), true],
    ['check_https_ip_mismatch()', html('<a href="http://192.0.2.1/">https://bank.example.com</a>'), true],
    ["check_https_http_mismatch('1', '10')", html('<a href="http://evil.net/">https://bank.com/x</a>'), true],
    [
      "check_https_http_mismatch('1', '10')",
      html('<a href="http://www.bank.com/">https://bank.com/x</a>'),
      false,
    ],
    [
      'html_charset_faraway()\nok_locales en',
      html('<meta http-equiv="Content-Type" content="text/html; charset=euc-jp">'),
      true,
    ],
    [
      'html_charset_faraway()',
      html('<meta http-equiv="Content-Type" content="text/html; charset=euc-jp">'),
      false,
    ],
  ]);
});

const multipart = (type: string, ...parts: readonly string[]): string =>
  `Content-Type: multipart/${type}; boundary=b\n\n${parts.map((part) => `--b\n${part}\n`).join('')}--b--\n`;
const part = (type: string, body: string, encoding = ''): string =>
  `Content-Type: ${type}\n${encoding === '' ? '' : `Content-Transfer-Encoding: ${encoding}\n`}\n${body}`;

const GIF = Buffer.concat([Buffer.from('GIF89a'), Buffer.from([0x2c, 1, 0xc8, 0, 0, 0, 0])]).toString(
  'base64',
);
const PNG = Buffer.concat([
  Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1'),
  Buffer.from([0, 0, 2, 0, 0, 0, 1, 0, 8, 6, 0, 0, 0]),
]).toString('base64');
const JPEG = Buffer.from([
  0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 1, 0xff, 0xc0, 0, 11, 8, 0, 100, 0, 200, 1, 1, 17, 0,
]).toString('base64');
const images = multipart(
  'mixed',
  part('image/gif', GIF, 'base64'),
  part('image/png; name=a.png', PNG, 'base64'),
  part('image/jpeg', JPEG, 'base64'),
);

describe('parts and text', () => {
  table('body', [
    ["check_for_mime('mime_base64_count')", part('image/gif', GIF, 'base64'), true],
    ["check_for_mime('mime_base64_encoded_text')", part('text/plain', 'eA==', 'base64'), true],
    [
      "check_for_mime('mime_base64_encoded_text')",
      part('text/plain; charset=utf-8', 'eA==', 'base64'),
      false,
    ],
    ["check_for_mime('mime_qp_long_line')", part('text/plain', 'x'.repeat(90), 'quoted-printable'), true],
    // Codes that need not be: three of nine bytes; white space at the end of a line has to be coded.
    ["check_qp_ratio('0.3')", part('text/plain', '=41=42=43', 'quoted-printable'), true],
    ["check_qp_ratio('0.34')", part('text/plain', '=41=42=43', 'quoted-printable'), false],
    ["check_qp_ratio('0.01')", part('text/plain', 'x=E9=20=09\nSPAM: =41\n=3C', 'quoted-printable'), true],
    ["check_qp_ratio('0.01')", part('text/plain', 'x=E9=20=09\nSPAM: =41\n=ff', 'quoted-printable'), false],
    ["check_qp_ratio('0.05')", part('text/plain', 'x=20y=20=20', 'quoted-printable'), true],
    ["check_qp_ratio('0.2')", part('text/plain', 'x=20y=20=20', 'quoted-printable'), false],
    ["check_for_mime('mime_bad_iso_charset')", part('text/plain; charset=iso-1234-5', 'x'), true],
    ["check_for_mime('mime_attachment')", `Content-Disposition: attachment\n${plain('')}`, true],
    ['check_for_mime_html()', html('x'), true],
    ['check_for_mime_html_only()', multipart('alternative', part('text/html', 'x')), true],
    [
      'check_for_mime_html_only()',
      multipart('alternative', part('text/plain', 'x'), part('text/html', 'x')),
      false,
    ],
    [
      "check_mime_multipart_ratio('0.00', '0.01')",
      multipart('alternative', part('text/plain', 'x'), part('text/html', 'x'.repeat(900))),
      true,
    ],
    ['check_for_ascii_text_illegal()', part('text/plain', 'caf\xe9'), true],
    ["check_abundant_unicode_ratio('0.02')", part('text/plain', '&#x0041;&#x0042; abc'), true],
    [
      'check_ma_non_text()',
      multipart('alternative', part('text/plain', 'x'), part('application/pdf', 'x')),
      true,
    ],
    ["check_base64_length('79')", part('image/gif', 'A'.repeat(90), 'base64'), true],
    ["check_base64_length('79')", part('image/gif', 'A'.repeat(76), 'base64'), false],
    ["check_for_uppercase('75', '100')", plain('', `${'SHOUT AT YOU '.repeat(20)}\n`), true],
    ["check_for_uppercase('75', '100')", plain('', `${'speak to you '.repeat(20)}\n`), false],
    ["check_body_length('128')", plain('Subject: x\n', 'short\n'), true],
    ["check_body_length('4')", plain('Subject: x\n', 'short\n'), false],
    ["check_text_length('6')", plain('Subject: x\n', 'short\n'), true],
    ["check_text_length('4')", plain('Subject: x\n', 'short\n'), false],
    ["check_blank_line_ratio('80', '90', '4')", plain('', 'x\n\n\n\n\n\n'), true],
    ["tvd_vertical_words('0', '10')", plain('', 'onelongwordthatnobodyeverreads\n'), true],
    ["check_stock_info('2')", plain('', 'Company Name: A\nSymbol: AAA\n'), true],
    [
      "multipart_alternative_difference('99', '100')",
      multipart('alternative', part('text/plain', 'one two'), part('text/html', 'three four')),
      true,
    ],
    [
      "multipart_alternative_difference('99', '100')",
      multipart('alternative', part('text/plain', 'one two'), part('text/html', 'one two')),
      false,
    ],
    [
      "multipart_alternative_difference_count('3', '1')",
      multipart('alternative', part('text/plain', 'a b c d e f g h'), part('text/html', 'i j')),
      true,
    ],
    ["plaintext_sig_length('5')", plain('', 'text\n-- \nMy Name, My Firm\n'), true],
    ["image_count('all', '3', '3')", images, true],
    ["image_count('gif', '2')", images, false],
    ["image_size_exact('gif', '200', '300')", images, true],
    ["image_size_range('jpeg', '100', '200', '100', '200')", images, true],
    ["pixel_coverage('png', '131072', '131072')", images, true],
    ["pixel_coverage('png', '131072', 'inf')", images, true],
    ["image_named('a.png')", images, true],
    [
      "image_to_text_ratio('all', '0.000', '0.008')",
      images.replace('\n\n--b', `\n\n--b\n${part('text/plain', 'hi')}\n--b`),
      true,
    ],
    ["check_msg_parse_flags('truncated_header')", plain(`X-Long: ${'x'.repeat(9000)}\n`), true],
    ["check_msg_parse_flags('missing_mime_headers')", multipart('mixed', '\nno header'), true],
    [
      "check_msg_parse_flags('mime_epilogue_exists')",
      `${multipart('mixed', part('text/plain', 'x'))}and more\n`,
      true,
    ],
    ["check_msg_parse_flags('mime_epilogue_exists')", multipart('mixed', part('text/plain', 'x')), false],
    [
      'check_for_faraway_charset()\nok_locales en',
      part('text/plain; charset=koi8-r', '\xc1\xc2\xc3\xc4\xc5'),
      true,
    ],
    [
      'check_welcomelist_bounce_relays()\nwelcomelist_bounce_relays out.example.net',
      plain('', 'Received: from x by out.example.net with SMTP\n'),
      true,
    ],
    ['check_uri_truncated()', html(`<a href="http://e.org/${'x'.repeat(9000)}">x</a>`), true],
    [
      "check_uri_host_listed('BAD')\nenlist_uri_host (BAD) example.com !good.example.com",
      plain('', 'http://www.example.com/\n'),
      true,
    ],
    [
      "check_uri_host_listed('BAD')\nenlist_uri_host (BAD) example.com !good.example.com",
      plain('', 'http://good.example.com/\n'),
      false,
    ],
    [
      'check_uri_host_in_blocklist()\nblocklist_uri_host example.com',
      plain('', 'http://a.example.com/\n'),
      true,
    ],
    ['check_for_http_redirector()', plain('', 'http://a.com/?u=http://b.com/\n'), true],
  ]);
});

test('functions of the stock rules that look at the message are all there', () => {
  expect(evalFunctions.size).toBeGreaterThan(130);
});

test('every function answers for every message and argument', async () => {
  const line = fc.constantFrom(
    'From: a@gmail.com',
    'Subject: =?x?Q?=',
    'Received: from',
    'Received: from x (HELO y) (1.2.3.4) by z with SMTP; Tue, 10 Mar 2026 12:00:00 +0000',
    'Content-Type: multipart/alternative; boundary=b',
    'Content-Type: text/html',
    'Content-Transfer-Encoding: base64',
    '',
    '--b',
    '--b--',
    '<a href="http://x.com/?http://y.com">https://z.com</a>',
    '<font color=zz size=-9><table bgcolor=#><td style="color:rgb(">',
    'Content-Type: image/jpeg',
    '/9j/4AAQSkZJRg==',
    '\xff\xfe&#x1234;=09=20',
  );
  const names = [...evalFunctions.keys()];
  const rules = names.flatMap((name, index) =>
    ["'html', '1', '2'", "'0', '100'", ''].map((args, at) => `body R${index}_${at} eval:${name}(${args})`),
  );
  const engine = createRuleEngine(prepareRules(parseRules([{ name: 'a.cf', text: rules.join('\n') }])), {
    scoreSet: 3,
  });
  const failures: string[] = [];
  const observer = {
    before: () => undefined,
    after: () => undefined,
    failed: (rule: number, error: unknown) => void failures.push(`${rules[rule]}: ${String(error)}`),
  };
  await fc.assert(
    fc.asyncProperty(fc.array(line, { maxLength: 25 }), async (lines) => {
      await engine.run(contextOf(lines.join('\n')), observer);
      expect(failures).toEqual([]);
    }),
    { numRuns: 60 },
  );
}, 60_000);

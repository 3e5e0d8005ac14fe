import fc from 'fast-check';
import { address, DATES, word } from './messages.ts';

/** Words in charsets other than UTF-8: the octets and their names. */
const CHARSETS = [
  ['us-ascii', 'plain words', Buffer.from('plain words')],
  ['utf-8', 'Grüße', Buffer.from('Grüße')],
  ['iso-8859-1', 'Grüße', Buffer.from('Grüße', 'latin1')],
  ['ISO-8859-15', 'Zug', Buffer.from('Zug')],
  ['windows-1252', 'f\u00fcr', Buffer.from('f\u00fcr', 'latin1')],
  ['koi8-r', '\u0434\u0430', Buffer.from([0xc4, 0xc1])],
  ['x-unknown', 'other', Buffer.from('other')],
] as const;

const quotedPrintable = (octets: Buffer): string =>
  [...octets]
    .map((octet) =>
      octet === 0x3d || octet > 0x7e || octet < 0x20
        ? `=${octet.toString(16).toUpperCase().padStart(2, '0')}`
        : String.fromCharCode(octet),
    )
    .join('');

const encodings = {
  base64: (octets: Buffer) => octets.toString('base64'),
  'quoted-printable': quotedPrintable,
  'Quoted-Printable': (octets: Buffer) => `${quotedPrintable(octets)}=\r\n soft`,
} as const;

/** A part of text in some charset and encoding; its header first. */
const text = fc
  .tuple(
    fc.constantFrom(...CHARSETS),
    fc.constantFrom('base64', 'quoted-printable', 'Quoted-Printable'),
    fc.constantFrom('text/plain', 'text/html', 'TEXT/Plain', 'text/x-log'),
    fc.constantFrom(
      '',
      'Content-Disposition: attachment; filename="report.txt"\r\n',
      'Content-ID: <1@x>\r\n',
    ),
  )
  .map(
    ([[charset, , octets], encoding, type, more]) =>
      `Content-Type: ${type}; charset=${charset}\r\n${more}Content-Transfer-Encoding: ${encoding}\r\n\r\n${encodings[encoding as 'base64'](octets)}\r\n`,
  );

const plainText = word.map((one) => `\r\n${one} words\r\nsecond line\r\n`);
const data = fc
  .constantFrom('application/pdf; name="a b.pdf"', 'image/png', 'application/octet-stream')
  .map((type) => `Content-Type: ${type}\r\nContent-Transfer-Encoding: base64\r\n\r\nYmluYXJ5IHdvcmRz\r\n`);
const attached = word.map(
  (one) =>
    `Content-Type: message/rfc822\r\n\r\nFrom: inner@i.example\r\nSubject: Inner ${one}\r\nContent-Type: text/plain\r\n\r\ninner ${one}\r\n`,
);

/** Multiparts in multiparts; boundaries are numbered by depth. */
const entity = (depth: number): fc.Arbitrary<string> => {
  const leaf = fc.oneof(text, text, plainText, data, attached);
  if (depth === 3) return leaf;
  const boundary = `b${depth}`;
  const multipart = fc
    .tuple(
      fc.constantFrom('mixed', 'alternative', 'related', 'Mixed'),
      fc.array(entity(depth + 1), { minLength: 1, maxLength: 3 }),
      fc.constantFrom('', '', 'preamble words\r\n'),
      fc.constantFrom('', '', 'epilogue words\r\n'),
    )
    .map(
      ([subtype, parts, preamble, epilogue]) =>
        `Content-Type: multipart/${subtype}; boundary="${boundary}"\r\n\r\n${preamble}${parts.map((part) => `--${boundary}\r\n${part}\r\n`).join('')}--${boundary}--\r\n${epilogue}`,
    );
  return fc.oneof({ weight: depth === 0 ? 3 : 1, arbitrary: multipart }, { weight: 2, arbitrary: leaf });
};

const SPECIAL_DATES = [
  'Thu, 19 Nov 2026 10:20:30 EST',
  'Thu, 19 Nov 2026 10:20:30 GMT',
  'Thu, 19 Nov 2026 10:20 +0100',
  '1 Jan 2026 00:00:00 +0000',
  'Thu, 19 Nov 99 10:20:30 +0000',
  'Thu, 19 Nov 2026 10:20:30 +0000 (UTC)',
  'Sat, 31 Dec 2022 23:59:59 -1200',
  'Thu, 19 Nov 2026 10:20:30 +0545',
  'not a date',
] as const;
const ANY_DATES = [...DATES, ...SPECIAL_DATES] as const;

/** Fields that make programs not answer, and the like; each may be there. */
export const MARKS = [
  'Auto-Submitted: auto-replied',
  'Auto-Submitted: no',
  'Auto-Submitted: auto-generated; x=y',
  'Precedence: bulk',
  'Precedence: first-class',
  'List-Id: <list.example.org>',
  'List-Unsubscribe: <mailto:x@example.org>',
  'X-Auto-Response-Suppress: OOF',
  'X-Auto-Response-Suppress: DR',
  'Message-ID: <first@example.org>',
  'References: <a@b.example> <c@d.example>',
  'In-Reply-To: <a@b.example>',
  'Importance: high',
] as const;

const maybe = (field: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof(
    fc.constant(''),
    field.map((line) => `${line}\r\n`),
  );

const SUBJECTS = [
  'Hello Wide World',
  'Re: order 42',
  '=?iso-8859-1?q?Gr=FC=DFe?= an alle',
  '=?utf-8?b?w7xiZXI=?= =?utf-8?b?w7xiZXI=?=',
  'a*b?c\\d',
  '',
] as const;

/** A mail of nested parts, with the fields that extensions look at; `marks` may be among them. CRLF. */
export const richMessage = (marks: readonly string[]): fc.Arbitrary<string> =>
  fc
    .tuple(
      fc.oneof(
        address.map((one) => `From: ${one}`),
        address.map((one) => `From: "Anna B" <${one}>`),
      ),
      fc.array(address, { minLength: 1, maxLength: 3 }).map((all) => `To: ${all.join(', ')}`),
      maybe(fc.constantFrom(...SUBJECTS).map((subject) => `Subject: ${subject}`)),
      maybe(fc.constantFrom(...ANY_DATES).map((date) => `Date: ${date}`)),
      maybe(fc.constantFrom(...ANY_DATES).map((date) => `X-Date: ${date}`)),
      maybe(fc.constantFrom('X-Word: one\r\nX-Word: two\r\nX-Word: three', 'X-Word: 007', 'X-Word:')),
      maybe(fc.constantFrom('X-Mark: none', ...marks)),
      maybe(fc.constantFrom('X-Mark: none', ...marks)),
      entity(0),
    )
    .map((fields) => {
      const [body = '', ...header] = [fields.at(-1), ...fields.slice(0, -1)];
      const lines = header.map((field) =>
        field === '' || field?.endsWith('\r\n') === true ? field : `${field}\r\n`,
      );
      return `${lines.join('')}MIME-Version: 1.0\r\n${body}`;
    });

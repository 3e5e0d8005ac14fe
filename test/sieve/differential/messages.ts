import fc from 'fast-check';

/** Words that scripts and mails share, so that tests come out true now and then. */
export const WORDS = [
  'order',
  'Invoice',
  'straße',
  'Über',
  'sale',
  'a',
  '7',
  '42',
  '007',
  'x-y',
  'list',
  '',
] as const;
export const LOCALS = ['anna', 'Ben', 'me+detail', 'me', 'no-reply', 'a.b', 'x_1'] as const;
export const DOMAINS = ['example.org', 'Example.COM', 'shop.example', 'mail.example.org'] as const;

export const word = fc.constantFrom(...WORDS);
export const address = fc
  .tuple(fc.constantFrom(...LOCALS), fc.constantFrom(...DOMAINS))
  .map(([local, domain]) => `${local}@${domain}`);

const encoded = word.map((text) => {
  const octets = Buffer.from(text === '' ? 'empty' : text);
  const quoted = [...octets].map((octet) => `=${octet.toString(16).toUpperCase().padStart(2, '0')}`).join('');
  return `=?utf-8?q?${quoted}?=`;
});
const encodedBase64 = word.map(
  (text) => `=?UTF-8?B?${Buffer.from(text === '' ? 'empty' : text).toString('base64')}?=`,
);
const phrase = fc
  .array(
    fc.oneof(
      { weight: 5, arbitrary: word },
      { weight: 1, arbitrary: encoded },
      { weight: 1, arbitrary: encodedBase64 },
    ),
    {
      maxLength: 5,
    },
  )
  .map((words) => words.filter((text) => text !== ''));

/** Unstructured text, sometimes folded, sometimes with more white space than needed. */
const unstructured = fc
  .tuple(phrase, fc.constantFrom(' ', ' ', ' ', '  ', '\r\n ', '\r\n\t'))
  .map(([words, gap]) => words.join(gap));

const displayName = fc.oneof(
  fc.constant(''),
  fc.constant('Anna '),
  fc.constant('"Anna, the first" '),
  fc.constant('=?utf-8?q?=C3=9Cber?= '),
);
const mailbox = fc
  .tuple(displayName, address, fc.constantFrom('', '', '', ' (comment)'))
  .map(([name, text, comment]) => (name === '' ? `${text}${comment}` : `${name}<${text}>${comment}`));
const group = fc.array(mailbox, { maxLength: 2 }).map((members) => `undisclosed: ${members.join(', ')};`);
const addressList = fc
  .array(fc.oneof({ weight: 6, arbitrary: mailbox }, { weight: 1, arbitrary: group }), {
    minLength: 1,
    maxLength: 3,
  })
  .map((entries) => entries.join(', '));

export const DATES = [
  'Thu, 19 Nov 2026 10:20:30 +0000',
  'Sun, 1 Feb 2026 23:59:01 +0530',
  'Wed, 31 Dec 2025 23:30:00 -0800',
  'Mon, 29 Feb 2016 00:00:00 +0100',
] as const;

/** Fields that scripts of {@link ./scripts.ts} ask for. */
export const TEXT_FIELDS = ['Subject', 'X-Word', 'X-Number', 'Keywords'] as const;
export const ADDRESS_FIELDS = ['From', 'To', 'Cc', 'Sender', 'Reply-To'] as const;

const field = (name: string, value: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  value.map((text) => `${name}: ${text}\r\n`);
const several = (name: string, value: fc.Arbitrary<string>, most: number): fc.Arbitrary<string> =>
  fc.array(field(name, value), { maxLength: most }).map((fields) => fields.join(''));

const header = fc
  .tuple(
    field('From', mailbox),
    several('To', addressList, 1),
    several('Cc', addressList, 1),
    several('Sender', mailbox, 1),
    several('Reply-To', addressList, 1),
    several('Subject', unstructured, 1),
    several('X-Word', unstructured, 3),
    several('X-Number', fc.constantFrom('7', '42', '007', 'none', '12 monkeys', '-1'), 3),
    several('Keywords', unstructured, 1),
    several('Date', fc.constantFrom(...DATES), 1),
  )
  .map((fields) => fields.join(''));

const textLines = fc
  .array(
    phrase.map((words) => words.filter((text) => !text.startsWith('=?')).join(' ')),
    { maxLength: 6 },
  )
  .map((lines) => lines.map((line) => `${line}\r\n`).join(''));

/** One MIME entity, its header fields first. */
const leaf = fc
  .tuple(
    textLines,
    fc.constantFrom('text/plain', 'text/html', 'application/x-data'),
    fc.constantFrom('8bit', 'base64', 'quoted-printable'),
  )
  .map(([text, type, encoding]) => {
    const charset = type.startsWith('text/') ? '; charset=utf-8' : '';
    const shown = type === 'text/html' ? `<html><body><p>${text}</p></body></html>\r\n` : text;
    return `Content-Type: ${type}${charset}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${encodeBody(shown, encoding)}`;
  });

function encodeBody(text: string, encoding: string): string {
  const octets = Buffer.from(text);
  if (encoding === 'base64') return `${octets.toString('base64').replace(/(.{76})/g, '$1\r\n')}\r\n`;
  if (encoding === '8bit') return text;
  return [...octets]
    .map((octet) =>
      octet === 0x3d || octet > 0x7e
        ? `=${octet.toString(16).toUpperCase().padStart(2, '0')}`
        : String.fromCharCode(octet),
    )
    .join('');
}

const plainBody = textLines.map((text) => `Content-Type: text/plain; charset=utf-8\r\n\r\n${text}`);
const multipart = fc
  .tuple(fc.constantFrom('mixed', 'alternative'), fc.array(leaf, { minLength: 1, maxLength: 3 }))
  .map(
    ([subtype, parts]) =>
      `Content-Type: multipart/${subtype}; boundary="=b="\r\n\r\n${parts.map((part) => `--=b=\r\n${part}\r\n`).join('')}--=b=--\r\n`,
  );

/** A mail with CRLF line endings. */
export const message = fc
  .tuple(header, fc.oneof(plainBody, leaf, multipart))
  .map(([fields, entity]) => `${fields}MIME-Version: 1.0\r\n${entity}`);

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseAddresses } from './address.ts';
import { decodeCharset } from './charset.ts';
import { formatDate, parseDate } from './date.ts';
import type { DefectCode } from './defects.ts';
import { defaultMessageLimits } from './limits.ts';
import { parseParameters } from './parameters.ts';
import { decodeWords, encodeWords } from './words.ts';

/** What a reading gives and what it reports. */
function read<T>(parse: (report: (code: DefectCode) => void) => T): [T, ...DefectCode[]] {
  const codes = new Set<DefectCode>();
  const result = parse((code) => codes.add(code));
  return [result, ...codes];
}

describe('addresses', () => {
  const addresses = (value: string) => read((report) => parseAddresses(value, defaultMessageLimits, report));
  const one = (name: string, address: string) => ({ name, address });

  test.each([
    ['a@b.example', one('', 'a@b.example')],
    ['Ada <a@b.example>', one('Ada', 'a@b.example')],
    ['Ada "Countess" Lovelace <a@b.example>', one('Ada Countess Lovelace', 'a@b.example')],
    ['"a.b"@c.example', one('', 'a.b@c.example')],
    ['"a@b" <"x y"@c.example>', one('a@b', '"x y"@c.example')],
    ['a . b @ c . example', one('', 'a.b@c.example')],
    ['Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>', one('Pete', 'pete@silly.test')],
    ['(only) a@b.example', one('only', 'a@b.example')],
    ['=?utf-8?Q?a=2C_b?= <a@b.example>', one('a, b', 'a@b.example')],
    ['"=?utf-8?Q?=C3=BC?=" <a@b.example>', one('ü', 'a@b.example')],
    ['<>', one('', '')],
    ['a@[IPv6:2001:db8::1]', one('', 'a@[IPv6:2001:db8::1]')],
    ['<root>', one('', 'root')],
    ['用户@例子.example', one('', '用户@例子.example')],
  ])('%s', (value, expected) => expect(addresses(value)).toEqual([[expected]]));

  test.each([
    ['a b', [one('a b', '')]],
    ['a@b <c@d>', [one('a@b', 'c@d')]],
    ['"x" <a@b> <c@d>', [one('x', 'a@b'), one('', 'c@d')]],
    ['a@b; c@d', [one('', 'a@b'), one('', 'c@d')]],
    ['<a@b, c@d', [one('', 'a@b'), one('', 'c@d')]],
    ['<a@b,com>', [one('', 'a@b,com')]],
    ['x [b] <a@b', [one('x [b]', 'a@b')]],
  ])('broken: %s', (value, expected) => {
    const [found, ...codes] = addresses(value);
    expect(found).toEqual(expected);
    if (value !== 'a@b <c@d>') expect(codes).toContain('invalid-address');
  });

  test('groups, and what is around them', () => {
    expect(addresses('a@b, g: c@d, "e f" <g@h>;, i@j, empty:;')).toEqual([
      [
        one('', 'a@b'),
        { ...one('g', ''), group: [one('', 'c@d'), one('e f', 'g@h')] },
        one('', 'i@j'),
        { ...one('empty', ''), group: [] },
      ],
    ]);
  });

  test('never throws and never finds more than there are commas', () => {
    const piece = fc.constantFrom(
      'a',
      '@',
      '<',
      '>',
      '"',
      '(',
      ')',
      ',',
      ';',
      ':',
      '\\',
      '[',
      ']',
      ' ',
      '.',
      '=?q?Q?x?=',
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join('')),
        (value) => {
          const found = parseAddresses(value, defaultMessageLimits);
          expect(found.length).toBeLessThanOrEqual(value.split(/[,;:<]/).length);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('dates', () => {
  test.each([
    ['Mon, 2 Mar 2026 09:05:00 +0100', '2026-03-02T08:05:00.000Z'],
    ['2 Mar 2026 09:05 -0000', '2026-03-02T09:05:00.000Z'],
    ['Fri, 21 Nov 97 09:55:06 PDT', '1997-11-21T16:55:06.000Z'],
    ['21 Nov 49 00:00 Z', '2049-11-21T00:00:00.000Z'],
    ['21 Nov 103 00:00 A', '2003-11-21T00:00:00.000Z'],
    ['Mon,2 Mar 2026 09:05:00 +0000 (UTC)', '2026-03-02T09:05:00.000Z'],
    ['Monday, 02-Mar-2026 09:05:00 GMT', '2026-03-02T09:05:00.000Z'],
    ['29 Feb 2028 23:59:60 +0000', '2028-03-01T00:00:00.000Z'],
    ['2 Mar 2026 09:05:00 +0200 EET', '2026-03-02T07:05:00.000Z'],
  ])('%s', (value, expected) => {
    expect(read((report) => parseDate(value, report)?.toISOString())).toEqual([expected]);
  });

  test.each([
    '',
    'yesterday',
    '30 Feb 2026 09:05:00 +0000',
    '2 Mar 2026 24:00:00 +0000',
    '2 Mar 2026 09:60 +0000',
    '2 Mar 2026 09:05:61 +0000',
    '0 Mar 2026 09:05:00 +0000',
    '2 Foo 2026 09:05:00 +0000',
    '2 Mar 2026',
    '2 Mar 2026 09:05:00 +0199',
    '2 Mar 2026 09:05:00 PM',
    '2026-03-02T09:05:00Z',
    '2 Mar 0102 09:05:00 +0000',
    '2 Mar 2026 09:05:00 +0000 and more',
  ])('none: %s', (value) => {
    expect(read((report) => parseDate(value, report))).toEqual([undefined, 'invalid-date']);
  });

  test('what is written is read', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('1970-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
        (date) => {
          const whole = new Date(Math.floor(date.getTime() / 1000) * 1000);
          expect(parseDate(formatDate(whole))).toEqual(whole);
        },
      ),
    );
    expect(formatDate(new Date('2026-03-02T08:05:00Z'))).toBe('Mon, 02 Mar 2026 08:05:00 +0000');
  });
});

describe('encoded words', () => {
  test.each([
    // The examples of RFC 2047 §8.
    ['(=?ISO-8859-1?Q?a?=)', '(a)'],
    ['(=?ISO-8859-1?Q?a?= b)', '(a b)'],
    ['(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)', '(ab)'],
    ['(=?ISO-8859-1?Q?a?=  \t =?ISO-8859-1?Q?b?=)', '(ab)'],
    ['(=?ISO-8859-1?Q?a_b?=)', '(a b)'],
    ['(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=)', '(a b)'],
    ['=?utf-8?b?w7w?=', 'ü'],
    ['=?utf-8?q?a?b??=', 'a?b?'],
    ['=?utf-8?q?\u00fc?=', 'ü'],
    ['=?gb2312?B?xOO6ww==?=', '你好'],
    ['=?utf-8?B?4pw=?= =?utf-8?B?hQ==?=', '✅'],
    ['=?utf-8?B?4pyF?= =?utf-8?Q??= x', '✅ x'],
    ['=?utf-8*de?q?=C3=BC?=', 'ü'],
    ['a=b =?= ?= =??', 'a=b =?= ?= =??'],
  ])('%s', (value, expected) => expect(decodeWords(value)).toBe(expected));

  test('what is encoded is decoded, in words of 75 characters', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 120 }), (text) => {
        const line = text.replace(/[\r\n]+/g, ' ');
        const encoded = encodeWords(text);
        expect(encoded).toMatch(/^[\x20-\x7e\t]*$/);
        expect(decodeWords(encoded)).toBe(line.toWellFormed());
        if (encoded !== line)
          for (const word of encoded.split(' ')) expect(word.length).toBeLessThanOrEqual(75);
      }),
    );
    expect(encodeWords('plain text')).toBe('plain text');
    expect(encodeWords('a\r\nBcc: ü')).not.toMatch(/[\r\n]/);
    expect(decodeWords(encodeWords('looks like =?utf-8?q?x?='))).toBe('looks like =?utf-8?q?x?=');
  });
});

describe('parameters', () => {
  const parameters = (value: string) =>
    read((report) => {
      const parsed = parseParameters(value, defaultMessageLimits, report);
      return [parsed.value, Object.fromEntries(parsed.parameters)];
    });

  test.each([
    ['Text/Plain', ['text/plain', {}]],
    ['a/b; X=y; z="q\\"r;s"', ['a/b', { x: 'y', z: 'q"r;s' }]],
    ['a/b;x = y ; z\t=\t"q" (c)', ['a/b', { x: 'y', z: 'q' }]],
    ['a/b; x=y;', ['a/b', { x: 'y' }]],
    ['a; filename=my file (1).pdf', ['a', { filename: 'my file (1).pdf' }]],
    ['a; filename="=?utf-8?B?w7w=?="', ['a', { filename: 'ü' }]],
    ['a; filename=\xc3\xbc', ['a', { filename: 'ü' }]],
    ['a; filename=\xfc\xa0', ['a', { filename: '\u00fc\u00a0' }]],
    ["a; n*=utf-8'de'%C3%BC", ['a', { n: 'ü' }]],
    ["a; n*0*=utf-8''%C3; n*1*=%BC; n*2=%41", ['a', { n: 'ü%41' }]],
    ['a; n*1=b; n*0=a', ['a', { n: 'ab' }]],
    ["a; n=plain; n*=utf-8''rich", ['a', { n: 'rich' }]],
    ['a; boundary="=?utf-8?B?w7w=?="', ['a', { boundary: '=?utf-8?B?w7w=?=' }]],
  ])('%s', (value, expected) => expect(parameters(value)).toEqual([expected]));

  test.each([
    ['a; x', {}, 'parameter-syntax'],
    ['a; x=1; x=2', { x: '1' }, 'duplicate-parameter'],
    ['a; x=1 y=2', { x: '1', y: '2' }, 'parameter-syntax'],
    ['a; x="1" y=2', { x: '1', y: '2' }, 'parameter-syntax'],
    ['a; x="1', { x: '1' }, 'unclosed-quoted-string'],
    ["a; x*=nosuch''%FC", { x: 'ü' }, 'parameter-charset'],
    ['a; x*=%C3%BC', { x: 'ü' }, 'parameter-syntax'],
    ['a; x*0=a; x*2=b', { x: 'ab' }, 'parameter-continuation'],
  ])('broken: %s', (value, expected, code) => expect(parameters(value)).toEqual([['a', expected], code]));

  test('of doubled boundaries all are known', () => {
    expect(
      parseParameters('multipart/mixed; boundary=a; boundary="b"', defaultMessageLimits).boundaries,
    ).toEqual(['a', 'b']);
  });
});

describe('charsets', () => {
  const bytes = Buffer.from([0x4b, 0xe4, 0x73, 0x65]);
  test.each([
    ['iso-8859-1', 'Käse', 'ok'],
    ['"ISO-8859-1"', 'Käse', 'ok'],
    ['latin1*en', 'Käse', 'ok'],
    ['cp-1252', 'Käse', 'ok'],
    ['', 'Käse', 'undeclared'],
    ['us-ascii', 'Käse', 'undeclared'],
    ['no such', 'Käse', 'unknown'],
    ['base64', 'Käse', 'unknown'],
    ['utf-8', 'K\ufffdse', 'mismatch'],
    ['cp437', 'KΣse', 'ok'],
    ['replacement', 'Käse', 'unknown'],
  ])('%s', (label, text, fault) => expect(decodeCharset(bytes, label)).toEqual({ text, fault }));

  test('stateful charsets are read even when all bytes are ASCII', () => {
    expect(decodeCharset(Buffer.from('+AOQ-'), 'utf-7').text).toBe('ä');
    expect(decodeCharset(Buffer.from('~{VPND~}'), 'hz-gb-2312').fault).toBe('unknown');
    expect(decodeCharset(Buffer.from('\x1b$B$"\x1b(B'), 'ISO-2022-JP').text).toBe('あ');
  });

  test('any label is taken', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.uint8Array({ maxLength: 20 }),
        (label, some) => void decodeCharset(some, label),
      ),
    );
  });

  test('shared memory is read, by every decoder', () => {
    const shared = new Uint8Array(new SharedArrayBuffer(4));
    shared.set(bytes);
    for (const label of ['iso-8859-1', 'utf-8', 'gbk', 'cp850', 'us-ascii', 'shift_jis', 'utf-16le', 'utf-7'])
      expect(decodeCharset(shared, label)).toEqual(decodeCharset(bytes, label));
  });
});

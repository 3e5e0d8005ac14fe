import { expect, test } from 'vitest';
import { cpuTimer } from '../../test/support/cpu.ts';
import { parseSieveAddress } from './address.ts';

test('sieve-address (RFC 5228 §2.4.2.3)', () => {
  const good: Readonly<Record<string, string>> = {
    'a@b': 'a@b',
    ' tim@example.com ': 'tim@example.com',
    'a.b+c@sub.example.com': 'a.b+c@sub.example.com',
    '"a b"@example.com': '"a b"@example.com',
    '"a\\"b"@example.com': '"a\\"b"@example.com',
    'ü@exämple.de': 'ü@exämple.de',
    'a@[192.0.2.1]': 'a@[192.0.2.1]',
    '<a@b>': 'a@b',
    'A. Person <a@b.example>': 'a@b.example',
    '"A, Person" <a@b.example>': 'a@b.example',
    'A "B" C<a@b.example>': 'a@b.example',
  };
  const parsed = Object.keys(good).map((text) => [text, parseSieveAddress(text)]);
  expect(Object.fromEntries(parsed)).toEqual(good);
});

test('what is none', () => {
  const none = [
    '',
    'a',
    '@b',
    'a@',
    'a@b@c',
    'a b@c',
    'a..b@c',
    '.a@c',
    'a@c.',
    'a@b, c@d',
    'g: a@b;',
    '@route:a@b',
    'a@b (comment)',
    'a@b\r\nBcc: x@y',
    '"a\r\nb"@c',
    'A <a@b',
    'A <a@b> x',
    'x\r\ny <a@b>',
    `${'a'.repeat(400)}@b`,
  ];
  expect(none.filter((text) => parseSieveAddress(text) !== undefined)).toEqual([]);
});

test('hostile text takes no time', () => {
  const used = cpuTimer();
  parseSieveAddress('a.'.repeat(490));
  parseSieveAddress(`${'a '.repeat(490)}<`);
  parseSieveAddress(`${'"a" '.repeat(240)}<`);
  parseSieveAddress('a.'.repeat(1_000_000));
  expect(used()).toBeLessThan(500);
});

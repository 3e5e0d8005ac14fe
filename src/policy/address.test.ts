import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cpuTimer } from '../../test/support/cpu.ts';
import {
  hasRoute,
  isAddressLiteral,
  isDomain,
  normaliseAddress,
  normaliseDomain,
  parseMailbox,
  splitSubaddress,
} from './address.ts';

describe('a Mailbox', () => {
  test.each([
    ['anne@example.org', 'anne', 'example.org', false],
    [
      "o'neil+lists=x/y!z#$%&*?^`{|}~-_@example.org",
      "o'neil+lists=x/y!z#$%&*?^`{|}~-_",
      'example.org',
      false,
    ],
    ['a.b.c@mail.example.org', 'a.b.c', 'mail.example.org', false],
    ['"two words"@example.org', 'two words', 'example.org', false],
    ['"a@b"@example.org', 'a@b', 'example.org', false],
    ['"a\\"b\\\\c\\d"@example.org', 'a"b\\cd', 'example.org', false],
    ['""@example.org', '', 'example.org', false],
    ['anne@localhost', 'anne', 'localhost', false],
    ['anne@[192.0.2.1]', 'anne', '[192.0.2.1]', true],
    ['anne@[IPv6:2001:db8::1]', 'anne', '[IPv6:2001:db8::1]', true],
    ['änne@bücher.example', 'änne', 'bücher.example', false],
    ['用户@例子.example', '用户', '例子.example', false],
    // Taken although the grammar has them not: honest mail has.
    ['a..b.@docomo.example', 'a..b.', 'docomo.example', false],
    ['anne@my_host.example', 'anne', 'my_host.example', false],
    [`${'v'.repeat(256)}@example.org`, 'v'.repeat(256), 'example.org', false],
  ])('%s', (text, local, domain, literal) => {
    expect(parseMailbox(text)).toEqual({ local, domain, literal });
  });

  test.each([
    '',
    'anne',
    '@',
    '@example.org',
    'anne@',
    '.anne@example.org',
    'an ne@example.org',
    'anne@exa mple.org',
    'anne@example..org',
    'anne@.example.org',
    'anne@example.org.',
    'anne@-example.org',
    'anne@example-.org',
    'a@b@example.org',
    '"anne@example.org',
    '"an"ne"@example.org',
    '"anne\\"@example.org',
    'anne\r\nRCPT TO:<x>@example.org',
    '"an\nne"@example.org',
    'anne\0@example.org',
    'anne\u0085@example.org',
    'anne@example.org\r\n',
    '<anne@example.org>',
    'anne@[192.0.2.256]',
    'anne@[192.0.2.1',
    'anne@[2001:db8::1]',
    'anne@[IPv6:fe80::1%eth0]',
    'anne@[x-tag:what]',
    '\ud800@example.org',
    `${'v'.repeat(257)}@example.org`,
    `anne@${'d'.repeat(64)}.example`,
    `anne@${'abcdefgh.'.repeat(29)}example`,
    '@a.example,@b.example:anne@example.org',
  ])('is not %j', (text) => {
    expect(parseMailbox(text)).toBeUndefined();
  });

  test('never throws, ends soon, and what it takes has no line ending', () => {
    const sign = fc.constantFrom(
      'a',
      '.',
      '@',
      '"',
      '\\',
      '[',
      ']',
      ':',
      '+',
      '%',
      ' ',
      '\r',
      '\n',
      'é',
      '\ud800',
    );
    fc.assert(
      fc.property(fc.string({ unit: sign, maxLength: 40 }), (text) => {
        const mailbox = parseMailbox(text);
        normaliseAddress(text);
        if (mailbox !== undefined) expect(/[\r\n]/.test(mailbox.local + mailbox.domain)).toBe(false);
      }),
      { numRuns: 500 },
    );
    const used = cpuTimer();
    for (const hostile of ['a.'.repeat(50_000), '"\\'.repeat(50_000), 'a-'.repeat(50_000)])
      for (const text of [`${hostile}@x`, `x@${hostile}`, `"${hostile}"@x`]) parseMailbox(text);
    expect(used()).toBeLessThan(500);
  });
});

test('addresses are compared in lower case, NFC and A-labels', () => {
  expect(normaliseAddress('Anne.B@EXAMPLE.org')).toBe('anne.b@example.org');
  expect(normaliseAddress('"anne"@example.org')).toBe('anne@example.org');
  expect(normaliseAddress('a\u0308nne@BÜCHER.example')).toBe('änne@xn--bcher-kva.example');
  expect(normaliseAddress('ÄNNE@xn--bcher-KVA.example')).toBe('änne@xn--bcher-kva.example');
  expect(normaliseAddress('anne@[192.0.2.1]')).toBeUndefined();
  expect(normaliseAddress('anne@192.0.2.1')).toBeUndefined();
  expect(normaliseAddress('anne@１９２.0.2.1')).toBeUndefined();
  expect(normaliseAddress(`${'\ufb2c'.repeat(85)}@example.org`)).toBeUndefined();
  expect(normaliseDomain('Example.ORG.')).toBe('example.org');
  // What the URL standard would take for an IPv4 address is a name like any other here.
  expect(normaliseDomain('0x7f.1')).toBe('0x7f.1');
  expect(normaliseDomain('127.0.0.1')).toBe('');
  expect(normaliseDomain('no domain')).toBe('');
  expect(normaliseDomain('')).toBe('');
});

test('a normalised address stays as it is when it is normalised again', () => {
  fc.assert(
    fc.property(fc.emailAddress(), (address) => {
      const once = normaliseAddress(address);
      expect(once).toBeDefined();
      if (once !== undefined && !/["\\ ]/.test(once)) expect(normaliseAddress(once)).toBe(once);
    }),
    { numRuns: 300 },
  );
});

test('sub-addresses divide at the first separator', () => {
  expect(splitSubaddress('anne+a+b', '+')).toEqual({ user: 'anne', detail: 'a+b' });
  expect(splitSubaddress('anne+', '+')).toEqual({ user: 'anne', detail: '' });
  expect(splitSubaddress('+anne', '+')).toEqual({ user: '+anne' });
  expect(splitSubaddress('anne+a', '')).toEqual({ user: 'anne+a' });
  expect(splitSubaddress('anne--a', '--')).toEqual({ user: 'anne', detail: 'a' });
});

test('domains, literals and routes', () => {
  expect(isDomain('example.org')).toBe(true);
  expect(isDomain('')).toBe(false);
  expect(isAddressLiteral('[127.0.0.1]')).toBe(true);
  expect(isAddressLiteral('127.0.0.1')).toBe(false);
  expect(hasRoute('@a.example:anne@example.org')).toBe(true);
  expect(hasRoute('anne@example.org')).toBe(false);
});

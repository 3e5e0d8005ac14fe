import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { accountFolder } from './account-folder.ts';
import { canonicalMailbox, mailboxFolder, mailboxOfFolder, parentMailboxes } from './mailbox-name.ts';
import { decodeMutf7, encodeMutf7 } from './mutf7.ts';
import { defaultStoreSettings } from './settings.ts';
import { StoreError } from './types.ts';
import { flagLetters, sizes, uniqueName } from './unique-name.ts';

const limits = defaultStoreSettings;

describe('account folders', () => {
  test.each([
    ['anna@example.org', 'anna@example.org'],
    ['Anna+Lists@Example.ORG', 'anna+lists@example.org'],
    ['..', '%2E.'],
    ['.', '%2E'],
    ['../../etc/passwd', '%2E.%2F..%2Fetc%2Fpasswd'],
    ['a/b', 'a%2Fb'],
    ['nul\0@x', 'nul%00@x'],
    ['jörg@example.org', 'j%C3%B6rg@example.org'],
    ['a~b%2f', 'a%7Eb%252f'],
  ])('%s → %s', (account, folder) => {
    expect(accountFolder(account)).toBe(folder);
  });

  test('a long name is cut and told apart by a hash', () => {
    const one = accountFolder(`${'a'.repeat(300)}@example.org`);
    const other = accountFolder(`${'a'.repeat(300)}@example.net`);
    expect(one.length).toBeLessThan(200);
    expect(one).toMatch(/^a{120}~[0-9a-f]{40}$/);
    expect(one).not.toBe(other);
  });

  test('an empty name is refused', () => {
    expect(() => accountFolder('')).toThrow(StoreError);
  });

  test('never leaves its folder, never collides', () => {
    const accounts = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(accounts, accounts, (one, other) => {
        const folder = accountFolder(one);
        expect(folder).toMatch(/^[a-zA-Z0-9_@+%-][a-zA-Z0-9._@+%~-]*$/);
        const same = one.normalize('NFC').toLowerCase() === other.normalize('NFC').toLowerCase();
        // Lone surrogates have no UTF-8 and all become the same replacement character.
        if (one.isWellFormed() && other.isWellFormed()) expect(folder === accountFolder(other)).toBe(same);
      }),
      { numRuns: 300 },
    );
  });
});

describe('modified UTF-7', () => {
  // The example of RFC 3501 §5.1.3, and names made with other programs.
  test.each([
    ['~peter/mail/台北/日本語', '~peter/mail/&U,BTFw-/&ZeVnLIqe-'],
    ['Entwürfe', 'Entw&APw-rfe'],
    ['R&D', 'R&-D'],
    ['😀', '&2D3eAA-'],
  ])('%s ↔ %s', (text, encoded) => {
    expect(encodeMutf7(text)).toBe(encoded);
    expect(decodeMutf7(encoded)).toBe(text);
  });

  test.each(['&', 'a&b', '&AGE-', 'Entwürfe', '&2D0-', '&APw', '&AP-', '&Jjo!'])(
    '%s is not what an encoder writes',
    (encoded) => {
      expect(decodeMutf7(encoded)).toBeUndefined();
    },
  );

  test('every text comes back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        const encoded = encodeMutf7(text);
        expect(encoded).toMatch(/^[\x20-\x7e]*$/);
        if (text.isWellFormed()) expect(decodeMutf7(encoded)).toBe(text);
      }),
      { numRuns: 300 },
    );
  });
});

describe('mailbox names', () => {
  test.each([
    ['INBOX', '', 'INBOX'],
    ['inbox', '', 'INBOX'],
    ['inBox/Old', '.INBOX.Old', 'INBOX/Old'],
    ['Lists/Tamis', '.Lists.Tamis', 'Lists/Tamis'],
    ['Entwu\u0308rfe', '.Entw&APw-rfe', 'Entwürfe'],
    ['a/INBOX', '.a.INBOX', 'a/INBOX'],
  ])('%s lies in %s', (name, folder, canonical) => {
    expect(canonicalMailbox(name, limits)).toBe(canonical);
    expect(mailboxFolder(canonical)).toBe(folder);
    if (folder !== '') expect(mailboxOfFolder(folder, limits)).toBe(canonical);
  });

  test.each([
    '',
    '/',
    'a//b',
    '/a',
    'a/',
    '.',
    '..',
    '../x',
    'a/../b',
    'a./../b',
    'a\0b',
    'a\nb',
    'a\u0085b',
    'a\u202eb',
    '~root',
    'a/~b',
    'x'.repeat(251),
    'ü'.repeat(120),
    Array.from({ length: 17 }, () => 'a').join('/'),
    '\ud800',
  ])('%j is refused', (name) => {
    expect(() => canonicalMailbox(name, limits)).toThrow(expect.objectContaining({ reason: 'invalid-name' }));
  });

  test.each(['cur', 'new', '.', '..', '..a', '.a..b', '.INBOX', '.inbox.a', '.Entwürfe', '.a&AC8-b', '.&'])(
    'the folder %s is no mailbox',
    (folder) => {
      expect(mailboxOfFolder(folder, limits)).toBeUndefined();
    },
  );

  test('a name that is taken is one folder, and that folder is listed under that name', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }), { minLength: 1 }),
        (levels) => {
          let name: string;
          try {
            name = canonicalMailbox(levels.join('/'), limits);
          } catch (error) {
            expect(error).toMatchObject({ reason: 'invalid-name' });
            return;
          }
          const folder = mailboxFolder(name);
          expect(folder).not.toMatch(/[/\0]/);
          expect(canonicalMailbox(name, limits)).toBe(name);
          if (folder !== '') expect(mailboxOfFolder(folder, limits)).toBe(name);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('parents', () => {
    expect(parentMailboxes('a/b/c')).toEqual(['a', 'a/b']);
    expect(parentMailboxes('a')).toEqual([]);
  });
});

describe('file names', () => {
  test('time, process, count, random bits, host and sizes', () => {
    const parts = {
      now: 1_700_000_000_123.456,
      pid: 42,
      sequence: 7,
      random: Uint8Array.of(0xab, 1),
      hostname: 'mx/1:2,a.example',
      size: 10,
      virtualSize: 12,
    };
    const name = uniqueName(parts);
    expect(name).toBe('1700000000.M123456P42Q7_ab01.mx_1_2_a.example,S=10,W=12');
    // They sort as the messages came.
    expect(uniqueName({ ...parts, now: 1_700_000_000_002.5 })).toMatch(/^1700000000\.M002500P/);
  });

  test('sizes count a bare LF as two bytes, across pieces too', () => {
    const pieces = (...texts: string[]): Uint8Array[] => texts.map((text) => Buffer.from(text));
    expect(sizes(pieces('a\r\nb\n'))).toEqual({ size: 5, virtualSize: 6 });
    expect(sizes(pieces('a\r', '\nb', '', '\n\n'))).toEqual({ size: 6, virtualSize: 8 });
    expect(sizes(pieces('a\r', '', '\n'))).toEqual({ size: 3, virtualSize: 3 });
    expect(sizes([])).toEqual({ size: 0, virtualSize: 0 });
  });

  test('letters of flags are sorted, each once', () => {
    expect(flagLetters(['\\Seen', '\\FLAGGED', '\\seen', '$label1', '\\Draft'])).toBe('DFS');
    expect(flagLetters([])).toBe('');
  });
});

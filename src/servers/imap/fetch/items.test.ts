import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readMessageUrl } from '../append/imap-url.ts';
import { ArgumentCursor } from '../wire/cursor.ts';
import { BadArgument, Refusal } from '../wire/errors.ts';
import { readItems } from './items.ts';
import { readModifiers } from './modifiers.ts';

const keys = (text: string): string[] => readItems(new ArgumentCursor(text)).map((item) => item.key);

test('macros, one item and lists', () => {
  expect(keys('ALL')).toEqual(['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE']);
  expect(keys('full')).toEqual(['FLAGS', 'INTERNALDATE', 'RFC822.SIZE', 'ENVELOPE', 'BODY']);
  expect(keys('body[1.header.fields ("From" "a b")]<5.10>')).toEqual([
    'BODY[1.HEADER.FIELDS (FROM "A B")]<5>.10',
  ]);
  expect(keys('(UID BODY.PEEK[] FLAGS UID)')).toEqual(['UID', 'BODY[]', 'FLAGS']);
});

test('of a peek and the same without, the latter counts', () => {
  for (const text of ['(BODY.PEEK[1] BODY[1])', '(BODY[1] BODY.PEEK[1])'])
    expect(readItems(new ArgumentCursor(text))).toEqual([
      expect.objectContaining({ key: 'BODY[1]', marksSeen: true }),
    ]);
});

test('whatever a client writes is read or refused', () => {
  const words =
    '( ) [ ] < > . 1 0 - : " * BODY BINARY .PEEK .SIZE HEADER .FIELDS TEXT MIME FLAGS UID PREVIEW LAZY PARTIAL ALL x';
  const word = fc.constantFrom(' ', 'CHANGEDSINCE', ...words.split(' '));
  fc.assert(
    fc.property(fc.array(word, { maxLength: 12 }), (pieces) => {
      const args = new ArgumentCursor(pieces.join(''));
      try {
        expect(readItems(args).length).toBeGreaterThan(0);
        readModifiers(args);
        args.end();
      } catch (error) {
        expect(error instanceof BadArgument || error instanceof Refusal).toBe(true);
      }
    }),
    { numRuns: 1000 },
  );
});

test('URLs are read whole, or not at all', () => {
  expect(readMessageUrl('/Lists/caf%C3%A9;UIDVALIDITY=7/;UID=12/;SECTION=1.MIME/;PARTIAL=3.9')).toMatchObject(
    {
      mailbox: 'Lists/café',
      uidValidity: 7,
      uid: 12,
      section: { path: [1], text: 'mime' },
      partial: { start: 3, length: 9 },
    },
  );
  expect(readMessageUrl(';UID=1')).toMatchObject({
    mailbox: undefined,
    section: undefined,
    partial: undefined,
  });
  expect(readMessageUrl('/inbox/;UID=1;x')).toBeUndefined();
  expect(readMessageUrl(`/${'a'.repeat(5000)}/;UID=1`)).toBeUndefined();
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('/', ';', 'UID=', '1', 'a', '%', '%41', 'SECTION=', 'PARTIAL=', '.')),
      (parts) => {
        expect(() => readMessageUrl(parts.join(''))).not.toThrow();
      },
    ),
    { numRuns: 500 },
  );
});

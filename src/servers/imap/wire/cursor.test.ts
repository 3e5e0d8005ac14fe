import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ArgumentCursor } from './cursor.ts';
import { dateTime } from './dates.ts';
import { BadArgument, Refusal } from './errors.ts';
import type { Cursor } from './types.ts';
import { astring, mailboxName, sequenceSet, string } from './writer.ts';

const cursor = (text: string, ...literals: string[]): Cursor =>
  new ArgumentCursor(
    text,
    literals.map((literal) => Buffer.from(literal, 'latin1')),
  );
const latin1 = (text: string): string => Buffer.from(text).toString('latin1');

describe('strings', () => {
  test.each([
    ['abc', 'abc'],
    ['a]b[', 'a]b['],
    ['"a b"', 'a b'],
    ['"a\\"\\\\"', 'a"\\'],
    ['""', ''],
    [latin1('"ü"'), 'ü'],
    ['"\xff"', '\xff'],
  ])('astring %j', (text, expected) => {
    const args = cursor(text);
    expect(args.astring()).toBe(expected);
    expect(args.atEnd).toBe(true);
  });

  test.each(['', ' a', '(', '"a', '"a\\', '"a\rb"', '\x80', '{3}', '{3}\n'])('astring is not %j', (text) => {
    expect(() => cursor(text).astring()).toThrow(BadArgument);
  });

  test('literals, in their order', () => {
    const args = cursor('{3}\n {1+}\n ~{2+}\n', 'a"b', 'ü', '\0\xff');
    expect(args.astring()).toBe('a"b');
    args.space();
    expect(args.nstring()).toBe('ü');
    args.space();
    expect(() => args.nstring()).toThrow(BadArgument);
    const other = cursor('~{2+}\n', '\0\xff');
    expect(other.octets()).toEqual({ data: Buffer.from([0, 255]), binary: true });
    expect(() => cursor('{1+}\n', '\0').astring()).toThrow(BadArgument);
  });

  test('NIL is no string, and a quoted one is', () => {
    expect(cursor('nil').nstring()).toBeNull();
    expect(cursor('"NIL"').nstring()).toBe('NIL');
    expect(() => cursor('abc').nstring()).toThrow(BadArgument);
  });

  test('a name of an item ends where its section begins', () => {
    const args = cursor('body.peek[1.2]<0.5>');
    expect(args.keyword()).toBe('BODY.PEEK');
    args.expect('[');
    expect(args.keyword()).toBe('1.2');
  });
});

describe('mailboxes', () => {
  test.each([
    ['inBox', 'INBOX'],
    ['inbox/A', 'INBOX/A'],
    ['inboxes', 'inboxes'],
    ['"Entw&APw-rfe"', 'Entwürfe'],
    ['a&-b', 'a&b'],
  ])('%s', (text, expected) => expect(cursor(text).mailbox()).toBe(expected));

  test.each(['&', '"&AAA-x&"', '&AGE-', latin1('"ü"')])('%j is refused', (text) => {
    expect(() => cursor(text).mailbox()).toThrow(Refusal);
  });

  test('UTF-8 where the client has said so', () => {
    const utf8 = (text: string): Cursor => new ArgumentCursor(latin1(text), [], true);
    expect(utf8('"Entwürfe & mehr"').mailbox()).toBe('Entwürfe & mehr');
    expect(() => new ArgumentCursor('"\xff"', [], true).mailbox()).toThrow(Refusal);
  });

  test('patterns keep their wildcards', () => {
    expect(cursor('&APw-*/%').listMailbox()).toBe('ü*/%');
    expect(cursor('&x*').listMailbox()).toBe('\0');
  });
});

describe('numbers', () => {
  test('in their bounds', () => {
    expect(cursor('0').number()).toBe(0);
    expect(cursor('4294967295').number()).toBe(4294967295);
    expect(cursor('9007199254740991').number64()).toBe(Number.MAX_SAFE_INTEGER);
    for (const text of ['', 'x', '-1', '4294967296', '99999999999999'])
      expect(() => cursor(text).number()).toThrow(BadArgument);
    // 2^63-1 is allowed, and nothing that we have is as great.
    expect(cursor('9223372036854775807').number64()).toBe(Number.MAX_SAFE_INTEGER);
    expect(() => cursor('99999999999999999999999').number64()).toThrow(BadArgument);
  });

  test('sets', () => {
    expect(cursor('1,3:5,*:7,*').sequenceSet()).toEqual([
      [1, 1],
      [3, 5],
      [Infinity, 7],
      [Infinity, Infinity],
    ]);
    expect(cursor('$').sequenceSet()).toBe('$');
    expect(cursor('01:3').sequenceSet()).toEqual([[1, 3]]);
    for (const text of ['', '0', '1:', ':1', '1,,2', '1:2:3', '4294967296', ',', '00'])
      expect(() => cursor(text).sequenceSet()).toThrow(BadArgument);
  });

  test('what is written as a set is read as it was', () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 50 }), { minLength: 1 }), (numbers) => {
        const sorted = numbers.toSorted((one, other) => one - other);
        const set = cursor(sequenceSet(sorted)).sequenceSet();
        const found =
          set === '$'
            ? []
            : set.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, at) => from + at));
        expect(found).toEqual(sorted);
      }),
      { numRuns: 200 },
    );
  });
});

test('more spaces than the grammar has', () => {
  const args = cursor('  RETURN \t(a)  CHARSET  x  ');
  args.space();
  expect(args.take('RETURN ')).toBe(true);
  expect(args.list(() => args.atom())).toEqual(['a']);
  expect(args.take(' CHARSET ')).toBe(true);
  expect(args.take('x y')).toBe(false);
  expect(args.atEnd).toBe(false);
  expect(args.atom()).toBe('x');
  expect(args.atEnd).toBe(true);
  args.end();
  expect(() => cursor('RETURN(').expect('RETURN ')).toThrow(BadArgument);
});

describe('lists', () => {
  test('members are a space apart, or several', () => {
    for (const text of ['(a (b c) d)', '( a  (b c)\td  )']) {
      const args = cursor(text);
      const item = (): unknown => (args.peek() === '(' ? args.list(item) : args.atom());
      expect(args.list(item)).toEqual(['a', ['b', 'c'], 'd']);
    }
    for (const text of ['', '(', '(a', '( )', '()'])
      expect(() => {
        const other = cursor(text);
        other.list(() => other.atom());
      }).toThrow(BadArgument);
  });

  test('flags', () => {
    expect(cursor('(\\Seen $Label)').flags()).toEqual(['\\Seen', '$Label']);
    expect(cursor('()').flags()).toEqual([]);
    expect(cursor('\\Seen x').flags({ bare: true })).toEqual(['\\Seen', 'x']);
    for (const text of ['\\Seen', '(\\*)', '(a"b)', '(\\)', '(a,{)'])
      expect(() => cursor(text).flags()).toThrow(BadArgument);
  });
});

describe('dates', () => {
  test('with a time', () => {
    expect(cursor('"17-Jul-1996 02:44:25 -0700"').dateTime()).toBe(Date.UTC(1996, 6, 17, 9, 44, 25));
    expect(cursor('" 1-feb-2000 00:00:00 +0130"').dateTime()).toBe(Date.UTC(2000, 0, 31, 22, 30));
    for (const [text, time] of [
      ['31-Feb-2001 00:00:00 +0000', Date.UTC(2001, 2, 3)],
      ['01-Jan-2000 24:00:00 +0000', Date.UTC(2000, 0, 2)],
      ['1-Jan-2000 00:00:60 +01:00', Date.UTC(1999, 11, 31, 23, 0, 59)],
      ['01-Jan-2000 00:00:00 GMT', Date.UTC(2000, 0, 1)],
      ['01-Jan-2000 00:00:00 0130', Date.UTC(1999, 11, 31, 22, 30)],
    ] as const)
      expect(cursor(`"${text}"`).dateTime()).toBe(time);
    for (const text of ['01-Foo-2000 00:00:00 +0000', '01-Jan-2000 00:00:00', '01-Jan-2000', ''])
      expect(() => cursor(`"${text}"`).dateTime()).toThrow(BadArgument);
  });

  test('what is written is read as it was', () => {
    fc.assert(
      fc.property(fc.date({ min: new Date(0), max: new Date('2099-12-31'), noInvalidDate: true }), (date) => {
        const seconds = Math.floor(date.getTime() / 1000) * 1000;
        expect(cursor(dateTime(seconds)).dateTime()).toBe(seconds);
      }),
      { numRuns: 200 },
    );
  });

  test('days', () => {
    expect(cursor('1-Feb-1994').date()).toBe(Date.UTC(1994, 1, 1));
    expect(cursor('"01-Feb-1994"').date()).toBe(Date.UTC(1994, 1, 1));
    for (const text of ['1-Feb', '32-Foo-2000', '"x']) expect(() => cursor(text).date()).toThrow(BadArgument);
  });
});

describe('what is written is read as it was', () => {
  const texts = fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => text.replaceAll('\0', ''));
  const reread = (written: string, utf8: boolean): Cursor => {
    const match = /^\{(\d+)\}\r\n([\s\S]*)$/.exec(written);
    return match === null
      ? new ArgumentCursor(latin1(written), [], utf8)
      : new ArgumentCursor(`{${match[1]}}\n`, [Buffer.from(match[2] ?? '')], utf8);
  };

  test.each([string, astring])('$name', (write) => {
    fc.assert(
      fc.property(texts, fc.boolean(), (text, utf8) => {
        const args = reread(write(text, utf8), utf8);
        expect(args.astring()).toBe(text);
        expect(args.atEnd).toBe(true);
      }),
      { numRuns: 200 },
    );
  });

  test('names of mailboxes', () => {
    fc.assert(
      fc.property(texts, fc.boolean(), (text, utf8) => {
        const args = reread(mailboxName(text, utf8), utf8);
        expect(args.mailbox().toLowerCase()).toBe(text.toLowerCase());
      }),
      { numRuns: 200 },
    );
  });
});

test('whatever stands there, it is read or refused', () => {
  const methods = [
    'atom',
    'keyword',
    'astring',
    'nstring',
    'octets',
    'mailbox',
    'listMailbox',
    'number',
    'number64',
    'sequenceSet',
    'flags',
    'dateTime',
    'date',
  ] as const;
  const piece = fc.constantFrom(
    'a',
    '"',
    '\\',
    '(',
    ')',
    ' ',
    '{1}\n',
    '~{1+}\n',
    '1',
    ':',
    ',',
    '*',
    '&',
    '-',
    '\xc3',
    '\xbc',
    'NIL',
    '%',
    '[',
    '<',
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 12 }),
      fc.constantFrom(...methods),
      fc.boolean(),
      (pieces, method, utf8) => {
        const args = new ArgumentCursor(pieces.join(''), [Buffer.from('x')], utf8);
        try {
          args[method]();
        } catch (error) {
          expect(error instanceof BadArgument || error instanceof Refusal).toBe(true);
        }
      },
    ),
    { numRuns: 500 },
  );
});

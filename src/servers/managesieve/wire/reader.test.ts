import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cpuTimer } from '../../../../test/support/cpu.ts';
import { CommandReader, UnreadableError } from './reader.ts';
import type { Line } from './types.ts';

const LIMITS = { line: 200, literal: 50, skipped: 1000 };

/** The lines of a text that comes in chunks of so many octets. */
function lines(text: string, chunk = 1000, limits = LIMITS): Line[] {
  const reader = new CommandReader(limits);
  const found: Line[] = [];
  const octets = Buffer.from(text);
  for (let at = 0; at < octets.length; at += chunk) {
    reader.push(Buffer.from(octets.subarray(at, at + chunk)));
    for (let line = reader.next(); line !== undefined; line = reader.next()) found.push(line);
  }
  return found;
}

const string = (text: string) => ({ type: 'string', octets: Buffer.from(text) });
const command = (name: string, ...args: object[]) => ({ type: 'command', name, arguments: args });
const malformed = { type: 'malformed', fault: expect.any(String) };

test.each([
  ['LOGOUT\r\n', [command('LOGOUT')]],
  ['logOut\r\n', [command('LOGOUT')]],
  ['LOGOUT\n', [command('LOGOUT')]],
  ['\r\n\r\nLOGOUT\r\n', [command('LOGOUT')]],
  ['NOOP "a b"\r\n', [command('NOOP', string('a b'))]],
  ['NOOP "a\\"b\\\\"\r\n', [command('NOOP', string('a"b\\'))]],
  ['NOOP "ü語"\r\n', [command('NOOP', string('ü語'))]],
  ['NOOP ""\r\n', [command('NOOP', string(''))]],
  ['NOOP {3+}\r\na\r\n\r\n', [command('NOOP', string('a\r\n'))]],
  ['NOOP {3}\r\nabc\r\n', [command('NOOP', string('abc'))]],
  ['NOOP {0+}\r\n\r\n', [command('NOOP', string(''))]],
  ['PUTSCRIPT {1+}\r\na {5+}\r\nkeep;\r\n', [command('PUTSCRIPT', string('a'), string('keep;'))]],
  ['RENAMESCRIPT {1+}\r\na "b"\r\n', [command('RENAMESCRIPT', string('a'), string('b'))]],
  ['HAVESPACE "a" 42\r\n', [command('HAVESPACE', string('a'), { type: 'number', value: 42 })]],
  ['HAVESPACE  "a"  42 \r\n', [command('HAVESPACE', string('a'), { type: 'number', value: 42 })]],
  ['"AA=="\r\n', [{ type: 'response', argument: string('AA==') }]],
  ['{4+}\r\nAA==\r\n', [{ type: 'response', argument: string('AA==') }]],
  ['{0+}\r\n\r\n', [{ type: 'response', argument: string('') }]],
  ['NOOP\r\nLOGOUT\r\n', [command('NOOP'), command('LOGOUT')]],
])('%j', (text, expected) => {
  for (const chunk of [1, 2, 7, 1000]) expect(lines(text, chunk)).toEqual(expected);
});

test.each([
  'NOOP "a\r\n',
  'NOOP a"b"\r\n',
  'NOOP "a""b"\r\n',
  'NOOP "a\\b"\r\n',
  'NOOP "a\0b"\r\n',
  'NOOP "a\rb"\r\n',
  'NOOP\t"a"\r\n',
  'NOOP atom\r\n',
  'NOOP 4294967296\r\n',
  '"a" "b"\r\n',
  '12\r\n',
  '*\r\n',
  'NOOP (a)\r\n',
  `NOOP${' "a"'.repeat(9)}\r\n`,
])('%j is malformed, and what follows is not', (text) => {
  const [first, second] = lines(`${text}LOGOUT\r\n`);
  expect(first).toEqual(malformed);
  expect(second).toEqual(command('LOGOUT'));
});

test.each([
  'NOOP "a {6+}\r\nLOGOUT\r\n',
  'NOOP "x"{6+}\r\nLOGOUT\r\n',
  'NOOP ! {6+}\r\nLOGOUT\r\n',
  '{1+}\r\na{6+}\r\nLOGOUT\r\n',
])('octets after what may be a literal never become a command: %j', (text) =>
  expect(lines(`${text}NOOP\r\n`)).toEqual([malformed, command('NOOP')]),
);

describe('limits', () => {
  test('a literal that is too large is read over', () => {
    for (const chunk of [1, 13, 5000])
      expect(lines(`PUTSCRIPT "a" {600+}\r\n${'LOGOUT\r\n'.repeat(75)}\r\nNOOP\r\n`, chunk)).toEqual([
        command('PUTSCRIPT', string('a'), { type: 'oversize', size: 600 }),
        command('NOOP'),
      ]);
  });

  test.each([
    'NOOP {1001+}\r\n',
    'NOOP {99999999999999999999+}\r\n',
    `NOOP "${'x'.repeat(200)}"\r\n`,
    'x'.repeat(300),
  ])('what cannot be read over ends it: %#', (text) => {
    for (const chunk of [1, 1000]) expect(() => lines(text, chunk)).toThrow(UnreadableError);
  });

  test('the pieces of a line between literals count together', () => {
    expect(() => lines(`NOOP ${'{1+}\r\na '.repeat(60)}`)).toThrow(UnreadableError);
  });

  test('memory grows with what has come', () => {
    const reader = new CommandReader({ line: 100, literal: 1e9, skipped: 1e9 });
    const before = process.memoryUsage().arrayBuffers;
    reader.push(Buffer.from('NOOP {900000000+}\r\nabc'));
    expect(reader.next()).toBeUndefined();
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000);
  });

  test('a large literal in small pieces takes no time to speak of', () => {
    const size = 1_000_000;
    const used = cpuTimer();
    const found = lines(`NOOP {${size}+}\r\n${'x'.repeat(size)}\r\n`, 10, {
      line: 100,
      literal: size,
      skipped: size,
    });
    expect(found).toHaveLength(1);
    expect(used()).toBeLessThan(3000);
  });
});

test('whether a line has begun', () => {
  const reader = new CommandReader(LIMITS);
  const feed = (text: string): boolean => {
    reader.push(Buffer.from(text));
    reader.next();
    return reader.busy;
  };
  expect(reader.busy).toBe(false);
  expect(feed('NO')).toBe(true);
  expect(feed('OP\r\n')).toBe(false);
  expect(feed('NOOP {3+}\r\n')).toBe(true);
  reader.clear();
  expect(reader.busy).toBe(false);
  expect(feed('LOGOUT\r\n')).toBe(false);
});

test('how octets are cut makes no difference, whatever they are', () => {
  const piece = fc.constantFrom(
    'NOOP',
    ' ',
    '"',
    'a',
    '\\',
    '{3+}',
    '{2}',
    '{99+}',
    '\r\n',
    '\n',
    '\r',
    '\0',
    '12',
    'ü',
    '(',
    '*',
  );
  const outcome = (text: string, chunk: number): unknown => {
    try {
      return lines(text, chunk);
    } catch (error) {
      expect(error).toBeInstanceOf(UnreadableError);
      return 'unreadable';
    }
  };
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), fc.integer({ min: 1, max: 9 }), (pieces, chunk) => {
      const text = pieces.join('');
      const whole = outcome(text, 1e6);
      const cut = outcome(text, chunk);
      // Lines before an unreadable one may have been given already; at the end both agree.
      expect(cut).toEqual(whole);
    }),
    { numRuns: 500 },
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (octets) => {
      outcome(Buffer.from(octets).toString('latin1'), 17);
    }),
    { numRuns: 300 },
  );
});

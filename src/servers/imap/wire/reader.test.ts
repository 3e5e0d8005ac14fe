import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MemoryBudget } from '../../../net/memory-budget.ts';
import { CommandReader, type Input, type ReaderLimits, UnreadableError } from './reader.ts';

const LIMITS: ReaderLimits = { line: 200, literals: 50, message: 500, messages: 900, skipped: 1000 };

/** What a text means that comes in chunks of so many octets. */
function inputs(text: string, chunk = 1000, limits = LIMITS, budget = 1e9): Input[] {
  const reader = new CommandReader(limits, new MemoryBudget(budget).share());
  const found: Input[] = [];
  const octets = Buffer.from(text, 'latin1');
  for (let at = 0; at < octets.length; at += chunk) {
    reader.push(Buffer.from(octets.subarray(at, at + chunk)));
    for (let input = reader.next(); input !== undefined; input = reader.next()) {
      found.push(input);
      if (input.type !== 'continue') reader.release();
    }
  }
  return found;
}

const line = (text: string, ...literals: string[]) => ({
  type: 'line',
  text,
  literals: literals.map((literal) => Buffer.from(literal, 'latin1')),
});
const refused = (status: string, tag?: string) => expect.objectContaining({ type: 'refused', status, tag });
const more = { type: 'continue' };

test.each([
  ['a NOOP\r\n', [line('a NOOP')]],
  ['a NOOP\n', [line('a NOOP')]],
  ['a NOOP\r\nb NOOP\r\n', [line('a NOOP'), line('b NOOP')]],
  ['\r\n', [line('')]],
  ['a SELECT {3}\r\nfoo\r\n', [more, line('a SELECT {3}\n', 'foo')]],
  ['a SELECT {3+}\r\nfoo\r\n', [line('a SELECT {3+}\n', 'foo')]],
  ['a SELECT {0+}\r\n\r\n', [line('a SELECT {0+}\n', '')]],
  ['a LOGIN {2+}\r\na\n {3+}\r\n\r\n\0\r\n', [line('a LOGIN {2+}\n {3+}\n', 'a\n', '\r\n\0')]],
  ['a X ~{1+}\r\n\xff\r\n', [line('a X ~{1+}\n', '\xff')]],
  ['a X "{3}" {1}x\r\n', [line('a X "{3}" {1}x')]],
])('%j', (text, expected) => {
  for (const chunk of [1, 2, 7, 1000]) expect(inputs(text, chunk)).toEqual(expected);
});

describe('limits', () => {
  test('a line that is too long is refused, and what follows is not', () => {
    for (const chunk of [1, 100, 5000])
      expect(inputs(`a X ${'y'.repeat(700)}\r\nb NOOP\r\n`, chunk)).toEqual([
        refused('BAD', 'a'),
        line('b NOOP'),
      ]);
  });

  test('octets after what may be a literal never become a command', () => {
    for (const chunk of [1, 100, 5000])
      expect(inputs(`a X ${'y'.repeat(300)} {8+}\r\nx LOGOUT\r\nb NOOP\r\n`, chunk)).toEqual([
        refused('BAD', 'a'),
        line('b NOOP'),
      ]);
  });

  test('who waits for a continuation gets the refusal instead', () => {
    expect(inputs('a X {51}\r\nb NOOP\r\n')).toEqual([refused('BAD', 'a'), line('b NOOP')]);
    expect(inputs('a APPEND x {501}\r\nb NOOP\r\n')).toEqual([refused('NO', 'a'), line('b NOOP')]);
  });

  test('a literal that is sent at once is read over', () => {
    expect(inputs(`a X {51+}\r\n${'y'.repeat(51)} {5+}\r\n12345\r\nb NOOP\r\n`)).toEqual([
      refused('BAD', 'a'),
      line('b NOOP'),
    ]);
  });

  test.each(['APPEND', 'uid replace', 'REPLACE 4'])('%s brings messages', (command) => {
    expect(inputs(`a ${command} x {60+}\r\n${'y'.repeat(60)}\r\n`)).toEqual([
      line(`a ${command} x {60+}\n`, 'y'.repeat(60)),
    ]);
  });

  test('messages count together; before login there are none', () => {
    const three = `a APPEND x {400+}\r\n${'y'.repeat(400)} {400+}\r\n${'y'.repeat(400)} {400}\r\n`;
    expect(inputs(`${three}b NOOP\r\n`)).toEqual([refused('NO', 'a'), line('b NOOP')]);
    expect(inputs('a APPEND x {51}\r\n', 1000, { ...LIMITS, message: 0 })).toEqual([refused('BAD', 'a')]);
  });

  test('literals without a tag are not kept', () => {
    expect(inputs('( {3+}\r\nabc\r\nb NOOP\r\n')).toEqual([refused('BAD'), line('b NOOP')]);
  });

  test.each(['a X {99999999999+}\r\n', `a X {1001+}\r\n`, `a ${'y'.repeat(2000)}`])(
    'what cannot be read over ends it: %#',
    (text) => {
      for (const chunk of [1, 1000]) expect(() => inputs(text, chunk)).toThrow(UnreadableError);
    },
  );

  test('the memory of all connections is bounded, and given back', () => {
    const budget = new MemoryBudget(100);
    const read = (text: string): Input | undefined => {
      const reader = new CommandReader(LIMITS, budget.share());
      reader.push(Buffer.from(text));
      return reader.next();
    };
    expect(read('a APPEND x {90}\r\n')).toEqual(more);
    expect(read('a APPEND x {90}\r\n')).toEqual(refused('NO', 'a'));
    expect(budget.used).toBe(90);
  });

  test('memory grows with what has come', () => {
    const reader = new CommandReader(
      { ...LIMITS, message: 1e9, messages: 1e9 },
      new MemoryBudget(1e10).share(),
    );
    const before = process.memoryUsage().arrayBuffers;
    reader.push(Buffer.from('a APPEND x {900000000+}\r\nabc'));
    expect(reader.next()).toBeUndefined();
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(10_000_000);
  });
});

test('how octets are cut makes no difference, and a literal is never taken for a command', () => {
  const piece = fc.constantFrom(
    'a ',
    'NOOP',
    'X ',
    '"',
    '\\',
    '{3+}',
    '{2}',
    '{99+}',
    '~{1+}',
    '\r\n',
    '\n',
    '\r',
    '\0',
    '\xff',
    '(',
  );
  const outcome = (text: string, chunk: number): unknown => {
    try {
      return inputs(text, chunk);
    } catch (error) {
      expect(error).toBeInstanceOf(UnreadableError);
      return 'unreadable';
    }
  };
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), fc.integer({ min: 1, max: 9 }), (pieces, chunk) => {
      expect(outcome(pieces.join(''), chunk)).toEqual(outcome(pieces.join(''), 10_000));
    }),
    { numRuns: 300 },
  );
});

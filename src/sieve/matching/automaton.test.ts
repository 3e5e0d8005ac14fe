import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { holds, mail, runInput } from '../../../test/support/sieve.ts';
import { findAny, LONG_TEXT, makeAutomaton, MANY_KEYS } from './automaton.ts';

describe('many keys in one pass', () => {
  test('finds what looking for each finds', () => {
    const text = fc.string({
      unit: fc.constantFrom('a', 'b', 'c', 'ü', '\u4e00', '\ud83d\ude00'),
      maxLength: 80,
    });
    const key = fc.string({
      unit: fc.constantFrom('a', 'b', 'c', 'ü', '\u4e00'),
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(fc.array(key, { minLength: 1, maxLength: 12 }), text, (keys, value) => {
        const automaton = makeAutomaton(keys);
        if (automaton === undefined) throw new Error('too large');
        expect(findAny(automaton, value)).toBe(keys.some((one) => value.includes(one)));
      }),
      { numRuns: 500 },
    );
  });

  test('a key within another, and one that begins as another ends', () => {
    for (const [keys, value, found] of [
      [['abcd', 'bc'], 'abce', true],
      [['abab', 'bax'], 'abax', true],
      [['aaab'], 'aaaaab', true],
      [['abc', 'bcd', 'cde'], 'abdbcecd', false],
    ] as const) {
      const automaton = makeAutomaton(keys);
      expect(automaton === undefined ? undefined : findAny(automaton, value)).toBe(found);
    }
  });

  test('a list that would need too much room is searched key by key', () => {
    const keys = Array.from({ length: 3000 }, (_, index) => String.fromCodePoint(0x4e00 + index).repeat(3));
    expect(makeAutomaton(keys)).toBeUndefined();
  });

  test(':contains means the same with and without it', () => {
    const filler = 'Lorem ipsum dolor sit amet. '.repeat(LONG_TEXT / 16);
    const input = runInput(mail(`Subject: ${filler} the neEDle ${filler}`, '', ''));
    const others = Array.from({ length: MANY_KEYS }, (_, index) => `word${index}`);
    const list = (...keys: string[]): string => JSON.stringify([...others, ...keys]);
    expect(holds(`header :contains "subject" ${list('needle')}`, input)).toBe(true);
    expect(holds(`header :contains "subject" ${list('needles')}`, input)).toBe(false);
    expect(holds(`header :contains :comparator "i;octet" "subject" ${list('needle')}`, input)).toBe(false);
    expect(holds(`header :contains "subject" ${list('')}`, input)).toBe(true);
  });
});

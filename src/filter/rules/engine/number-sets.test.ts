import fc from 'fast-check';
import { expect, test } from 'vitest';
import { NumberSets } from './number-sets.ts';

test('equal sets have the same number, others the next one', () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.nat(5), { maxLength: 4 }), { maxLength: 300 }), (lists) => {
      const sets = new NumberSets();
      const numbers = new Map<string, number>();
      for (const list of lists) {
        const expected = numbers.get(list.join()) ?? numbers.size;
        numbers.set(list.join(), expected);
        expect(sets.add(Int32Array.from(list))).toBe(expected);
      }
      expect(sets.size).toBe(numbers.size);
      for (const [key, number] of numbers) expect(sets.numbers(number).join()).toBe(key);
    }),
    { numRuns: 100 },
  );
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { limited } from '../message-limit.ts';
import { UidArray } from '../uid-list.ts';
import { cutPartial } from './modifiers.ts';
import { uidRanges } from './ranges.ts';

test('PARTIAL gives the positions it names, from either end', () => {
  fc.assert(
    fc.property(
      fc.nat(50),
      fc.integer({ min: 1, max: 60 }),
      fc.integer({ min: 1, max: 60 }),
      (length, one, other) => {
        const uids = Array.from({ length }, (_, n) => n + 1);
        const [low, high] = [Math.min(one, other), Math.max(one, other)];
        expect(cutPartial(uids, [one, other])).toEqual(uids.filter((uid) => uid >= low && uid <= high));
        const fromEnd = (uid: number): number => length - uid + 1;
        expect(cutPartial(uids, [-one, -other])).toEqual(
          uids.filter((uid) => fromEnd(uid) >= low && fromEnd(uid) <= high),
        );
      },
    ),
    { numRuns: 200 },
  );
});

test('ranges hold the UIDs named, and of those the client knows no others', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 1, max: 200 }), { maxLength: 60 }),
      fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }),
      (known, chosen) => {
        const all = known.sort((one, other) => one - other);
        const uids = all.filter((_, index) => chosen[index]);
        const ranges = uidRanges(uids, new UidArray(Uint32Array.from(all)));
        const within = (uid: number): boolean => ranges.some(([first, last]) => first <= uid && uid <= last);
        expect(all.filter(within)).toEqual(uids);
        for (const [index, [first]] of ranges.entries())
          expect(first).toBeGreaterThan(index === 0 ? 0 : (ranges[index - 1]?.[1] ?? 0));
      },
    ),
    { numRuns: 300 },
  );
});

test('a command works on the newest messages, and says from where', () => {
  expect(limited([1, 5, 9], 3)).toEqual({ uids: [1, 5, 9], code: undefined });
  expect(limited([1, 5, 9], 2)).toEqual({ uids: [5, 9], code: 'MESSAGELIMIT 2 5' });
});

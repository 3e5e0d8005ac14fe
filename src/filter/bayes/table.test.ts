import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tableBytes, TokenCounts } from './table.ts';

const word = fc.integer({ min: 0, max: 0xffff_ffff });

describe('TokenCounts', () => {
  it('keeps counts and days of tokens, and what another view of the memory writes', () => {
    const table = TokenCounts.create(64 * 1024);
    expect(table.find(1, 2)).toBe(-1);
    expect(table.add(1, 2, 1, 0, 20_000)).toBe(true);
    expect(table.add(1, 2, 0, 3, 20_001)).toBe(true);
    const reader = new TokenCounts(table.memory);
    const entry = reader.find(1, 2);
    expect([reader.spam(entry), reader.ham(entry), reader.day(entry)]).toEqual([1, 3, 20_001]);
    expect(reader.size).toBe(1);
    expect(reader.find(2, 1)).toBe(-1);
  });

  it('keeps counts between 0 and 2^24 - 1', () => {
    const table = TokenCounts.create(64 * 1024);
    table.add(7, 7, 0xff_fff0, 1, 0xffff);
    table.add(7, 7, 100, -5, 0xffff);
    const entry = table.find(7, 7);
    expect([table.spam(entry), table.ham(entry), table.day(entry)]).toEqual([0xff_ffff, 0, 0xffff]);
    expect(table.add(8, 8, -1, -1, 0)).toBe(true);
    expect(table.find(8, 8)).toBe(-1);
  });

  it('is the same as a map, whatever is done to it', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(fc.nat(40), fc.nat(3), fc.integer({ min: -3, max: 3 }), fc.integer({ min: -3, max: 3 })),
        ),
        (steps) => {
          const table = TokenCounts.create(16 * 1024);
          const map = new Map<string, [number, number]>();
          for (const [low, high, spam, ham] of steps) {
            table.add(low, high, spam, ham, 1);
            const [one, two] = map.get(`${low} ${high}`) ?? [0, 0];
            if (low === 0 && high === 0) continue;
            if (map.has(`${low} ${high}`) || spam > 0 || ham > 0)
              map.set(`${low} ${high}`, [Math.max(0, one + spam), Math.max(0, two + ham)]);
          }
          expect(table.size).toBe(map.size);
          for (const [key, counts] of map) {
            const [low = 0, high = 0] = key.split(' ').map(Number);
            const entry = table.find(low, high);
            expect([table.spam(entry), table.ham(entry)]).toEqual(counts);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('says when it is full, and has room after a sweep', () => {
    const table = TokenCounts.create(tableBytes(1024));
    let taken = 0;
    while (table.set(taken * 7919 + 1, taken, 1 + (taken % 2), 0, 5)) taken++;
    expect(taken).toBeGreaterThan(800);
    expect(table.isFull).toBe(true);
    const once = Math.ceil(taken / 2);
    expect(table.sweep((spam) => spam > 1)).toBe(once);
    expect(table.size).toBe(taken - once);
    for (let index = 0; index < taken; index++)
      expect(table.find(index * 7919 + 1, index) >= 0).toBe(index % 2 === 1);
    expect(table.set(3, 3, 1, 0, 5)).toBe(true);
  });

  it('comes back from its dump', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(word, word, fc.nat(0xff_ffff), fc.nat(0xffff)), { maxLength: 50 }),
        (rows) => {
          const table = TokenCounts.create(64 * 1024);
          for (const [low, high, count, day] of rows) table.set(low, high, count, count >> 1, day);
          const copy = TokenCounts.create(64 * 1024);
          expect(copy.load(table.dump())).toBe(true);
          const all = (one: TokenCounts): string[] =>
            [...one.entries()].map((entry) => JSON.stringify(entry)).sort();
          expect(all(copy)).toEqual(all(table));
        },
      ),
      { numRuns: 100 },
    );
  });

  it('refuses memory that is no table', () => {
    expect(() => new TokenCounts(new SharedArrayBuffer(64))).toThrow(RangeError);
  });
});

import { describe, expect, it } from 'vitest';
import { classify, type ClassifyOptions } from './classify.ts';
import { COUNTED, join, SEEN, split, userHash } from './entries.ts';
import { applyRequest } from './learn.ts';
import type { LearnRequest } from './record.ts';
import { makeRoom } from './sweep.ts';
import { tableBytes, TokenCounts } from './table.ts';

const words = (from: number, count: number): bigint[] =>
  Array.from({ length: count }, (_, index) =>
    BigInt.asUintN(64, BigInt(from + index) * 0x9e37_79b9_7f4a_7c15n),
  );

let messages = 0n;
function learn(table: TokenCounts, kind: LearnRequest['kind'], tokens: bigint[], user = 0n, day = 100) {
  return applyRequest(table, { kind, day, user, message: ++messages, tokens: new BigUint64Array(tokens) });
}

function judge(table: TokenCounts, tokens: bigint[], more: Partial<ClassifyOptions> = {}) {
  const array = new BigUint64Array(tokens);
  return classify(table, new Uint32Array(array.buffer), array.length, {
    minimumLearned: 3,
    userWeight: 10,
    ...more,
  })?.probability;
}

const SPAM = words(1000, 20);
const HAM = words(2000, 20);
const BOTH = words(3000, 20);

function taught(): TokenCounts {
  const table = TokenCounts.create(1024 * 1024);
  for (let index = 0; index < 5; index++) {
    learn(table, 'spam', [...SPAM, ...BOTH]);
    learn(table, 'ham', [...HAM, ...BOTH]);
  }
  return table;
}

describe('classify', () => {
  it('tells spam from ham by the tokens it has learned', () => {
    const table = taught();
    expect(judge(table, SPAM)).toBeGreaterThan(0.99);
    expect(judge(table, HAM)).toBeLessThan(0.01);
    expect(judge(table, [...SPAM, ...HAM])).toBeCloseTo(0.5, 1);
    expect(judge(table, [...SPAM, ...HAM.slice(0, 10)])).toBeGreaterThan(0.6);
  });

  it('says nothing where it knows nothing', () => {
    const table = taught();
    expect(judge(table, BOTH)).toBeUndefined();
    expect(judge(table, words(9000, 50))).toBeUndefined();
    expect(judge(table, [])).toBeUndefined();
    expect(judge(table, SPAM, { minimumLearned: 6 })).toBeUndefined();
    expect(judge(TokenCounts.create(1024 * 1024), SPAM)).toBeUndefined();
  });

  it('is no surer for being told the same at length', () => {
    const table = TokenCounts.create(1024 * 1024);
    for (let index = 0; index < 5; index++) {
      learn(table, 'spam', words(1000, 400));
      learn(table, 'ham', words(5000, 400));
    }
    const short = judge(table, [...words(1000, 20), ...words(5000, 14)]) ?? 0;
    const long = judge(table, [...words(1000, 400), ...words(5000, 280)]) ?? 0;
    expect(short).toBeGreaterThan(0.55);
    expect(Math.abs(long - short)).toBeLessThan(0.1);
  });

  it('believes a user the more, the more he has learned', () => {
    const table = taught();
    const user = userHash('Anna@Example.org ');
    expect(user).toBe(userHash('anna@example.org'));
    const seen: number[] = [judge(table, SPAM, { user }) ?? 0];
    // She wants what others call spam.
    for (let round = 0; round < 4; round++) {
      for (let index = 0; index < 8; index++) {
        learn(table, 'ham', SPAM, user);
        learn(table, 'spam', HAM, user);
      }
      seen.push(judge(table, SPAM, { user }) ?? 0);
    }
    expect(seen[0]).toBeGreaterThan(0.99);
    expect(seen.at(-1)).toBeLessThan(0.4);
    expect(judge(table, SPAM)).toBeGreaterThan(0.99);
    expect(judge(table, SPAM, { user: userHash('ben@example.org') })).toBeGreaterThan(0.99);
  });

  it('judges by what a user has learned alone where all together have learned too little', () => {
    const table = TokenCounts.create(1024 * 1024);
    const user = userHash('anna@example.org');
    for (let index = 0; index < 5; index++) {
      learn(table, 'spam', SPAM, user);
      learn(table, 'ham', HAM, user);
    }
    expect(judge(table, SPAM)).toBeUndefined();
    expect(judge(table, SPAM, { user })).toBeGreaterThan(0.9);
  });
});

describe('applyRequest', () => {
  const counted = (table: TokenCounts) => {
    const entry = table.find(...split(COUNTED));
    return [table.spam(entry), table.ham(entry)];
  };

  it('does not count what is told surely already, but knows that it was learned', () => {
    const table = TokenCounts.create(1024 * 1024);
    for (let index = 0; index < 50; index++) {
      learn(table, 'spam', SPAM);
      learn(table, 'ham', HAM);
    }
    const [spam = 0, ham = 0] = counted(table);
    expect(spam).toBeLessThan(50);
    expect(ham).toBeLessThan(50);
    const seen = table.find(...split(SEEN));
    expect([table.spam(seen), table.ham(seen)]).toEqual([50, 50]);
    // What is told wrongly is counted.
    learn(table, 'ham', SPAM);
    expect(counted(table)).toEqual([spam, ham + 1]);
  });

  it('counts a message that somebody moves to the other class, whatever was thought of it', () => {
    const table = TokenCounts.create(1024 * 1024);
    for (let index = 0; index < 50; index++) {
      learn(table, 'spam', SPAM);
      learn(table, 'ham', HAM);
    }
    const before = counted(table);
    const request = { day: 1, user: 0n, message: 77n, tokens: new BigUint64Array(SPAM) };
    expect(applyRequest(table, { ...request, kind: 'spam' })).toBe('learned');
    expect(counted(table)).toEqual(before);
    expect(applyRequest(table, { ...request, kind: 'ham' })).toBe('relearned');
    expect(counted(table)).toEqual([before[0], (before[1] ?? 0) + 1]);
    expect(applyRequest(table, { ...request, kind: 'forget' })).toBe('forgotten');
    expect(counted(table)).toEqual(before);
  });
});

describe('makeRoom', () => {
  it('lets old and rare tokens go first, and totals never', () => {
    const table = TokenCounts.create(tableBytes(4096));
    const common = words(1, 200);
    for (let index = 0; index < 5; index++) {
      learn(table, 'spam', common, 0n, 50);
      learn(table, 'ham', words(100_000, 200), 0n, 50);
    }
    const old = words(50_000, 1200);
    learn(table, 'spam', [...old, ...words(200_000, 5)], 0n, 50);
    const recent = words(60_000, 800);
    learn(table, 'ham', [...recent, ...words(1, 50)], 0n, 500);
    for (let index = 0; !table.isFull; index++)
      learn(table, 'ham', words(70_000 + index * 100, 100), 0n, 500);
    const has = (token: bigint | undefined): boolean => table.find(...split(token ?? 0n)) >= 0;
    expect(learn(table, 'ham', words(1, 30), 0n, 500)).toBe('full');
    expect(makeRoom(table)).toBe(true);
    expect(table.isFull).toBe(false);
    expect(old.filter(has)).toHaveLength(0);
    expect(common.filter(has)).toHaveLength(200);
    expect(has(SEEN)).toBe(true);
    expect(has(COUNTED)).toBe(true);
  });

  it('makes room even where all is new and often seen', () => {
    const table = TokenCounts.create(tableBytes(256));
    for (let index = 1; table.set(index * 7, index, 100, 100, 9); index++);
    expect(makeRoom(table)).toBe(true);
    expect(table.isFull).toBe(false);
  });
});

it('joins what it splits', () => {
  for (const hash of [0n, 1n, 0xffff_ffff_ffff_ffffn, 0x8000_0000_7fff_ffffn])
    expect(join(...split(hash))).toBe(hash);
});

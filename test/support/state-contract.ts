import { setTimeout as sleep } from 'node:timers/promises';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MAX_KEY_BYTES, MAX_MANY, MAX_VALUE_BYTES, StateError } from '../../src/state/types.ts';
import type { State, TokenRow, TokenTable } from '../../src/state/types.ts';

export interface ContractSubject {
  state: State;
  /** A second State on the same data, as another process would have. */
  other: State;
}

const bytes = (text: string): Uint8Array => Buffer.from(text);
const text = (value: Uint8Array | undefined): string | undefined =>
  value === undefined ? undefined : Buffer.from(value).toString();

async function listed(state: State, prefix: string): Promise<Record<string, string>> {
  const found: [string, string][] = [];
  for await (const { key, value } of state.list(prefix)) found.push([key, text(value) ?? '']);
  expect(new Set(found.map(([key]) => key)).size).toBe(found.length);
  return Object.fromEntries(found);
}

async function rowsOf(table: TokenTable): Promise<TokenRow[]> {
  const rows: TokenRow[] = [];
  for await (const page of table.list(2)) rows.push(...page);
  return rows;
}

/** What every driver of State must do. Times to live are real: the drivers' clocks are not ours. */
export function stateContract(open: () => Promise<ContractSubject>): void {
  let state: State;
  let other: State;
  beforeAll(async () => void ({ state, other } = await open()));
  afterAll(async () => {
    await state.close();
    await other.close();
  });

  describe('values', () => {
    test('what was put is there, for others too, until it is deleted', async () => {
      expect(await state.get('a/b')).toBeUndefined();
      await state.put('a/b', bytes('one'));
      await state.put('a/b', bytes('two'));
      expect(text(await state.get('a/b'))).toBe('two');
      expect(text(await other.get('a/b'))).toBe('two');
      expect(await state.delete('a/b')).toBe(true);
      expect(await state.delete('a/b')).toBe(false);
      expect(await other.get('a/b')).toBeUndefined();
    });

    test('any bytes and any well-formed key come back as they were', async () => {
      await fc.assert(
        fc.asyncProperty(
          fc.string({ unit: 'binary', minLength: 1, maxLength: 60 }),
          fc.uint8Array({ maxLength: 300 }),
          async (name, value) => {
            const key = `any/${name}`;
            await state.put(key, value);
            const found = await state.get(key);
            expect(found).toBeInstanceOf(Uint8Array);
            expect(Buffer.from(found ?? []).equals(Buffer.from(value))).toBe(true);
            expect(await state.delete(key)).toBe(true);
          },
        ),
        { numRuns: 150 },
      );
    });

    test('many at once: in the order asked, with the time to live of each', async () => {
      await state.putMany([
        ['many/a', bytes('1')],
        ['many/b', bytes('2')],
      ]);
      await state.putMany([['many/c', bytes('3')]], 0.2);
      expect((await other.getMany(['many/b', 'many/none', 'many/a', 'many/c'])).map(text)).toEqual([
        '2',
        undefined,
        '1',
        '3',
      ]);
      await sleep(300);
      expect((await state.getMany(['many/c', 'many/a'])).map(text)).toEqual([undefined, '1']);
      expect(await state.getMany([])).toEqual([]);
      await state.putMany([]);
      const keys = Array.from({ length: MAX_MANY + 1 }, (_, at) => `many/${at}`);
      await expect(async () => state.getMany(keys)).rejects.toThrow(RangeError);
      await expect(async () => state.putMany(keys.map((key) => [key, bytes('')]))).rejects.toThrow(
        RangeError,
      );
    });

    test('a value that is a view, or empty, is stored as its own bytes only', async () => {
      await state.put('view', new Uint8Array([1, 2, 3, 4]).subarray(1, 3));
      expect([...((await state.get('view')) ?? [])]).toEqual([2, 3]);
      await state.put('view', new Uint8Array());
      expect((await state.get('view'))?.length).toBe(0);
    });

    test('the largest key and value pass, one more byte does not', async () => {
      const key = 'k'.repeat(MAX_KEY_BYTES);
      const value = new Uint8Array(MAX_VALUE_BYTES).fill(255);
      await state.put(key, value);
      expect(Buffer.from((await state.get(key)) ?? []).equals(value)).toBe(true);
      await state.delete(key);
      const long = `${'k'.repeat(MAX_KEY_BYTES - 1)}ä`;
      await expect(async () => state.put(long, value)).rejects.toThrow(RangeError);
      await expect(async () => state.get(long)).rejects.toThrow(RangeError);
      await expect(async () => state.put('v', new Uint8Array(MAX_VALUE_BYTES + 1))).rejects.toThrow(
        RangeError,
      );
      await expect(async () => state.put('', value)).rejects.toThrow(TypeError);
      await expect(async () => state.put('\ud800', value)).rejects.toThrow(TypeError);
      await expect(async () => state.put('v', 'text' as unknown as Uint8Array)).rejects.toThrow(TypeError);
      for (const ttl of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
        await expect(async () => state.put('v', value, ttl)).rejects.toThrow(RangeError);
    });
  });

  describe('time to live', () => {
    test('what has expired is not there for anything', async () => {
      await state.put('life/a', bytes('1'), 0.2);
      await state.putIfAbsent('life/b', bytes('1'), 0.2);
      await state.increment('life/c', 5, 0.2);
      await state.put('life/d', bytes('stays'));
      expect(Object.keys(await listed(state, 'life/'))).toHaveLength(4);
      await sleep(300);
      expect(await state.get('life/a')).toBeUndefined();
      expect(await listed(state, 'life/')).toEqual({ 'life/d': 'stays' });
      expect(await state.delete('life/a')).toBe(false);
      expect(await state.putIfAbsent('life/b', bytes('2'))).toBe(true);
      expect(await state.increment('life/c', 1)).toBe(1);
    });

    test('a put replaces the time to live as well', async () => {
      await state.put('life/e', bytes('1'), 0.2);
      await state.put('life/e', bytes('2'));
      await state.put('life/f', bytes('1'));
      await state.put('life/f', bytes('2'), 0.2);
      await sleep(300);
      expect(text(await state.get('life/e'))).toBe('2');
      expect(await state.get('life/f')).toBeUndefined();
    });
  });

  test('putIfAbsent has one winner among many', async () => {
    for (let round = 0; round < 5; round++) {
      const tries = Array.from({ length: 20 }, (_, at) =>
        (at % 2 ? state : other).putIfAbsent(`race/${round}`, bytes(String(at))),
      );
      const winners = (await Promise.all(tries)).flatMap((won, at) => (won ? [String(at)] : []));
      expect(winners).toHaveLength(1);
      expect(text(await state.get(`race/${round}`))).toBe(winners[0]);
    }
  });

  describe('list', () => {
    test('gives what starts with the prefix, whatever signs the prefix has', async () => {
      const names = ['', 'x', '%', '_', '*', '?', '[', '[a-z]', '\\', '^', 'é', '\u{10ffff}', 'X', "'", '"'];
      for (const name of names) await state.put(`list/${name}/k`, bytes(name));
      await state.put('lisu/x', bytes('beyond'));
      for (const name of names)
        expect(await listed(state, `list/${name}/`)).toEqual({ [`list/${name}/k`]: name });
      expect(Object.keys(await listed(state, 'list/'))).toHaveLength(names.length);
      expect(await listed(state, 'list/x/k')).toEqual({ 'list/x/k': 'x' });
      expect(await listed(state, 'list/none')).toEqual({});
      expect(Object.keys(await listed(state, '')).length).toBeGreaterThan(names.length);
    });

    test('goes through many pages while others write', async () => {
      const keys = Array.from({ length: 200 }, (_, at) => `page/${at}`);
      await Promise.all(keys.map((key) => state.put(key, bytes(key), 3600)));
      const found = new Set<string>();
      for await (const { key } of state.list('page/')) {
        if (found.size === 10) await other.put('page/new', bytes('new'));
        if (found.size === 20) await other.delete('page/0');
        found.add(key);
      }
      for (const key of keys.slice(1)) expect(found.has(key)).toBe(true);
    });
  });

  describe('counters', () => {
    test('grow and shrink; the time to live counts from the beginning', async () => {
      expect(await state.increment('count/a', 5, 0.3)).toBe(5);
      await sleep(150);
      expect(await other.increment('count/a', -7, 60)).toBe(-2);
      expect(await state.increment('count/a', 0)).toBe(-2);
      expect(text(await state.get('count/a'))).toBe('-2');
      await sleep(250);
      expect(await state.increment('count/a', 1)).toBe(1);
    });

    test('lose nothing when many count at once', async () => {
      const sums = await Promise.all(
        Array.from({ length: 100 }, (_, at) => (at % 2 ? state : other).increment('count/b', 1)),
      );
      expect(sums.sort((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, at) => at + 1));
    });

    test('refuse what is no whole number, no counter, or too large', async () => {
      await expect(async () => state.increment('count/c', 0.5)).rejects.toThrow(RangeError);
      await state.put('count/c', bytes('words'));
      await expect(state.increment('count/c', 1)).rejects.toMatchObject({ temporary: false });
      expect(text(await state.get('count/c'))).toBe('words');
      await state.increment('count/d', Number.MAX_SAFE_INTEGER);
      await expect(state.increment('count/d', 1)).rejects.toThrow(StateError);
      expect(await state.increment('count/d', -1)).toBe(Number.MAX_SAFE_INTEGER - 1);
    });
  });

  describe('token tables', () => {
    const tokens = new BigUint64Array([0n, 1n, 2n ** 63n, 2n ** 64n - 1n, 0x0a0d2000ffn]);

    test('add up by token and column, in the order asked', async () => {
      const table = state.tokens('bayes/a');
      expect([...(await table.get(tokens, 2))]).toEqual(Array.from({ length: 10 }, () => 0));
      await table.add(tokens, [1, 0]);
      await other.tokens('bayes/a').add(tokens.slice(1, 3), [0, 2]);
      await table.add(new BigUint64Array([1n, 1n]), [-1, 1]);
      expect([...(await table.get(tokens, 2))]).toEqual([1, 0, -1, 4, 1, 2, 1, 0, 1, 0]);
      expect([...(await table.get(tokens.toReversed(), 1))]).toEqual([1, 1, 1, -1, 1]);
      expect([...(await table.get(new BigUint64Array([1n]), 4))]).toEqual([-1, 4, 0, 0]);
      expect([...(await state.tokens('bayes/b').get(tokens, 1))]).toEqual([0, 0, 0, 0, 0]);
    });

    test('are listed with their days, and removed as a whole', async () => {
      const table = state.tokens('bayes/l');
      const many = BigUint64Array.from({ length: 1200 }, (_, index) => 5000n + BigInt(index));
      await table.add(tokens, [1, 0], 20_000);
      await table.add(new BigUint64Array([3n]), [0, 7]);
      await table.add(many, [2, 1], 20_001);
      await state.tokens('bayes/m').add(tokens, [1]);
      const rows = await rowsOf(other.tokens('bayes/l'));
      const found = new Map(rows.map((row) => [row.token, row]));
      expect(found.size).toBe(tokens.length + 1 + many.length);
      for (const token of tokens) expect(found.get(token)).toEqual({ token, counts: [1, 0], day: 20_000 });
      for (const token of many) expect(found.get(token)).toEqual({ token, counts: [2, 1], day: 20_001 });
      expect(found.get(3n)).toEqual({ token: 3n, counts: [0, 7] });
      await other.tokens('bayes/l').clear();
      expect(await rowsOf(table)).toEqual([]);
      expect([...(await state.tokens('bayes/m').get(tokens, 1))]).toEqual([1, 1, 1, 1, 1]);
      expect(await rowsOf(state.tokens('bayes/never'))).toEqual([]);
      await state.tokens('bayes/never').clear();
    });

    test('are no entries, and an empty question has an empty answer', async () => {
      await state.tokens('bayes/c').add(new BigUint64Array([7n]), [1]);
      expect(await state.get('bayes/c')).toBeUndefined();
      expect(await listed(state, 'bayes/')).toEqual({});
      await state.tokens('bayes/c').add(new BigUint64Array(), [1]);
      expect((await state.tokens('bayes/c').get(new BigUint64Array(), 3)).length).toBe(0);
    });

    test('what is old and rare is swept, what has no day never', async () => {
      const table = state.tokens('bayes/f');
      const [old, common, fresh, timeless, ...rest] = tokens;
      const one = (token: bigint | undefined) => new BigUint64Array([token ?? 0n]);
      const many = new BigUint64Array(
        Array.from({ length: 1500 }, (_, at) => BigInt(at + 2) * 0x9e3779b97f4a7c15n),
      );
      await table.add(many, [1], 100);
      await table.add(one(old), [1, 1], 100);
      await table.add(one(common), [3, 5], 100);
      await table.add(one(fresh), [1, 0], 100);
      await other.tokens('bayes/f').add(one(fresh), [1, 0], 200);
      await table.add(one(timeless), [1, 0]);
      await table.add(one(rest[0]), [1, 0], 200);
      // Without a day, the one that is known stays.
      await table.add(one(rest[0]), [-1, 0]);
      await state.tokens('bayes/g').add(one(old), [1], 100);
      expect(await table.sweep(100, 2)).toBe(0);
      expect(await table.sweep(200, 2)).toBe(1501);
      expect([...(await table.get(tokens, 2))]).toEqual([0, 0, 3, 5, 2, 0, 1, 0, 0, 0]);
      expect(await table.sweep(201, 1000)).toBe(3);
      expect([...(await table.get(tokens, 2))]).toEqual([0, 0, 0, 0, 0, 0, 1, 0, 0, 0]);
      expect([...(await state.tokens('bayes/g').get(one(old), 1))]).toEqual([1]);
      expect(await state.tokens('bayes/none').sweep(300, 10)).toBe(0);
      await expect(async () => table.sweep(-1, 2)).rejects.toThrow(RangeError);
      await expect(async () => table.add(one(old), [1], 0.5)).rejects.toThrow(RangeError);
    });

    test('learn from many at once without loss', async () => {
      const many = new BigUint64Array(
        Array.from({ length: 1500 }, (_, at) => BigInt(at) * 0x9e3779b97f4a7c15n),
      );
      await Promise.all(
        Array.from({ length: 10 }, (_, at) => (at % 2 ? state : other).tokens('bayes/d').add(many, [1, 3])),
      );
      const counts = await state.tokens('bayes/d').get(many, 2);
      expect(counts.every((count, at) => count === (at % 2 ? 30 : 10))).toBe(true);
    });

    test('have limits', async () => {
      const table = state.tokens('bayes/e');
      await expect(table.get(new BigUint64Array(16_385), 1)).rejects.toThrow(RangeError);
      await expect(table.get(tokens, 0)).rejects.toThrow(RangeError);
      await expect(table.add(tokens, [])).rejects.toThrow(RangeError);
      await expect(table.add(tokens, [0.5])).rejects.toThrow(RangeError);
      await expect(table.add(tokens, [1, 1, 1, 1, 1, 1, 1, 1, 1])).rejects.toThrow(RangeError);
    });
  });

  test('answers a ping; after close everything fails, twice closing does not', async () => {
    const { state: third, other: fourth } = await open();
    await third.ping();
    await third.close();
    await third.close();
    await fourth.close();
    await expect(third.ping()).rejects.toBeInstanceOf(StateError);
    await expect(third.put('a', bytes('1'))).rejects.toBeInstanceOf(StateError);
    await expect(listed(third, 'a')).rejects.toBeInstanceOf(StateError);
  });
}

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { numberedRequest } from '../../../test/support/bayes-requests.ts';
import { silentLog } from '../../log.ts';
import { createSqliteState } from '../../state/sqlite.ts';
import type { State, TokenTable } from '../../state/types.ts';
import { countsOf, SEEN, split } from './entries.ts';
import { applyRequest } from './learn.ts';
import { defaultBayesSettings } from './settings.ts';
import { SharedStore } from './shared-store.ts';
import { TokenCounts } from './table.ts';
import { dumpTokens, holdsTokens, loadTokens } from './transfer.ts';

let folder: string;
let state: State;
let now = 1_760_000_000_000;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'tamis-bayes-'));
  state = createSqliteState({ path: join(folder, 'state'), log: silentLog });
});
afterEach(async () => {
  await state.close();
  rmSync(folder, { recursive: true });
});

const open = (tokens: TokenTable = state.tokens('bayes'), tableBytes = 1024 * 1024): SharedStore =>
  new SharedStore({
    tokens,
    settings: { ...defaultBayesSettings, backend: 'state', tableBytes },
    log: silentLog,
    now: () => now,
  });
const requests = Array.from({ length: 20 }, (_, number) => numberedRequest(number));
const all = (table: TokenCounts, of: bigint[]) =>
  of.map((token) => {
    const entry = table.find(...split(token));
    return entry < 0 ? [0, 0] : [table.spam(entry), table.ham(entry)];
  });

describe('moving it', () => {
  it('out of the state and into another one, with days and totals', async () => {
    await open().learn(requests);
    const dumped = await dumpTokens(state.tokens('bayes'));
    const other = state.tokens('bayes/other');
    expect(await holdsTokens(other)).toBe(false);
    await other.add(new BigUint64Array([99n]), [5, 5]);
    expect(await holdsTokens(other)).toBe(true);
    expect(await loadTokens(other, [dumped.subarray(0, 40), dumped.subarray(40)])).toBe(dumped.length / 4);
    const rows = async (table: TokenTable): Promise<unknown> => {
      const found = [];
      for await (const page of table.list(2)) found.push(...page);
      return found.filter(({ counts }) => counts.some((one) => one > 0));
    };
    expect(await rows(other)).toEqual(await rows(state.tokens('bayes')));
    const files = TokenCounts.create(1024 * 1024);
    expect(files.load(dumped)).toBe(true);
    expect(countsOf(files, SEEN)).toEqual({ spam: 10, ham: 10 });
  });

  it('of nothing is nothing', async () => {
    expect(await dumpTokens(state.tokens('bayes'))).toHaveLength(0);
    expect(await loadTokens(state.tokens('bayes'), [])).toBe(0);
  });
});

describe('SharedStore', () => {
  it('learns as the table in files does, and shows it to other nodes', async () => {
    const one = open();
    const other = open();
    const outcomes = await one.learn(requests);
    const files = TokenCounts.create(1024 * 1024);
    expect(outcomes).toEqual(requests.map((request) => applyRequest(files, request)));
    const tokens = [...new Set(requests.flatMap((request) => [...request.tokens]))];
    await other.fetch(new BigUint64Array([SEEN, ...tokens]));
    expect(all(new TokenCounts(other.memory), tokens)).toEqual(all(files, tokens));
    expect(countsOf(new TokenCounts(other.memory), SEEN)).toEqual({ spam: 10, ham: 10 });
    expect(await other.learn([requests[3] ?? numberedRequest(3)])).toEqual(['known']);
    expect(await other.learn([numberedRequest(3, 'spam'), numberedRequest(3, 'forget')])).toEqual([
      'relearned',
      'forgotten',
    ]);
    expect(await one.learn([numberedRequest(3, 'forget')])).toEqual(['known']);
  });

  it('asks once for what it was told, until that is too old', async () => {
    let asked = 0;
    const real = state.tokens('bayes');
    const store = open({
      ...real,
      get: (tokens, columns) => {
        asked += tokens.length;
        return real.get(tokens, columns);
      },
    });
    const tokens = new BigUint64Array([1n, 2n, 3n]);
    await store.fetch(tokens);
    await store.fetch(tokens);
    expect(asked).toBe(3);
    now += 61_000;
    await store.fetch(tokens);
    expect(asked).toBe(6);
  });

  it('begins a full cache anew', async () => {
    const store = open(state.tokens('bayes'), 16 * 1024);
    await store.learn(requests);
    for (let at = 0; at < 20; at++)
      await store.fetch(BigUint64Array.from({ length: 100 }, (_, index) => BigInt(at * 100 + index + 1)));
    await store.fetch(new BigUint64Array([SEEN]));
    expect(countsOf(new TokenCounts(store.memory), SEEN)).toEqual({ spam: 10, ham: 10 });
  });

  it('forgets what nobody learned again, rare tokens and messages first; totals stay', async () => {
    const store = open();
    const lone = { ...numberedRequest(0), tokens: new BigUint64Array([0xabcn]) };
    const common = Array.from({ length: 6 }, (_, at) => ({
      ...numberedRequest(at * 2 + 2),
      tokens: new BigUint64Array([0xdefn]),
    }));
    await store.learn([lone, ...common]);
    const counts = async (): Promise<number[]> => {
      now += 61_000;
      await store.fetch(new BigUint64Array([0xabcn, 0xdefn, SEEN]));
      const table = new TokenCounts(store.memory);
      return [0xabcn, 0xdefn, SEEN].map((token) => countsOf(table, token).spam);
    };
    const before = await counts();
    expect([before[0], before[2]]).toEqual([1, 7]);
    expect(before[1]).toBeGreaterThan(2);
    await store.sweep();
    expect(await counts()).toEqual(before);
    now += defaultBayesSettings.expire * 1000 + 86_400_000;
    await store.sweep();
    expect(await counts()).toEqual([0, before[1], 7]);
    expect(await store.learn([lone])).toEqual(['learned']);
    now += defaultBayesSettings.expire * 3000;
    await store.sweep();
    expect((await counts()).slice(1)).toEqual([0, 8]);
  });

  it('rejects when the state cannot answer, and goes on afterwards', async () => {
    let broken = true;
    const real = state.tokens('bayes');
    const store = open({
      ...real,
      get: (tokens, columns) => (broken ? Promise.reject(new Error('gone')) : real.get(tokens, columns)),
    });
    await expect(store.fetch(new BigUint64Array([1n]))).rejects.toThrow('gone');
    await expect(store.learn(requests)).rejects.toThrow('gone');
    broken = false;
    expect(await store.learn([numberedRequest(0)])).toEqual(['learned']);
  });
});

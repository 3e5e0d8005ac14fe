import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type Log, silentLog } from '../../log.ts';
import { createSqliteState } from '../../state/sqlite.ts';
import { StateError, type State } from '../../state/types.ts';
import { ReportCounts } from './counts.ts';
import { defaultDmarcReportSettings } from './settings.ts';
import type { Observation, ReportRow } from './types.ts';

const NOON = Date.UTC(2026, 2, 2, 12);
const MIDNIGHT = Date.UTC(2026, 2, 3);

const memory = (now: () => number = () => NOON): State =>
  createSqliteState({ path: ':memory:', log: silentLog, now });

function counts(
  state: State,
  settings: Partial<typeof defaultDmarcReportSettings> = {},
  log: Log = silentLog,
) {
  return new ReportCounts({ state, settings: { ...defaultDmarcReportSettings, ...settings }, log });
}

function observation(domain: string, row: Partial<ReportRow> = {}, p = 'none'): Observation {
  return {
    policy: { domain, p },
    rua: [`mailto:dmarc@${domain}`],
    row: {
      source: '192.0.2.1',
      disposition: 'none',
      dkim: 'pass',
      spf: 'fail',
      reasons: [],
      headerFrom: domain,
      dkimResults: [],
      spfResults: [],
      ...row,
    },
  };
}

describe('counting', () => {
  test('like messages make one row, by day and domain', async () => {
    const counted = counts(memory());
    for (let at = 0; at < 5; at++) counted.add(observation('a.example'), NOON);
    counted.add(observation('a.example', { source: '192.0.2.2' }), NOON);
    counted.add(observation('b.example'), MIDNIGHT - 1);
    counted.add(observation('a.example'), MIDNIGHT);
    await counted.settled();
    expect(await counted.domains('2026-03-02')).toEqual(['a.example', 'b.example']);
    expect(await counted.domains('2026-03-03')).toEqual(['a.example']);
    expect(await counted.domains('2026-03-04')).toEqual([]);
    const read = await counted.read('2026-03-02', 'a.example');
    expect(read?.records.map(({ source, count }) => [source, count])).toEqual([
      ['192.0.2.1', 5],
      ['192.0.2.2', 1],
    ]);
    expect(read?.uncounted).toBe(0);
    expect(await counted.read('2026-03-02', 'c.example')).toBeUndefined();
  });

  test('the policy seen last is the one of the report', async () => {
    const counted = counts(memory());
    counted.add(observation('a.example', {}, 'none'), NOON);
    counted.add(observation('a.example', {}, 'reject'), NOON);
    await counted.settled();
    expect(await counted.read('2026-03-02', 'a.example')).toMatchObject({
      policy: { p: 'reject' },
      records: [{ count: 2 }],
    });
    expect(await counted.domains('2026-03-02')).toEqual(['a.example']);
  });

  test('several processes count into the same rows', async () => {
    const state = memory();
    const nodes = Array.from({ length: 4 }, () => counts(state));
    for (let at = 0; at < 100; at++)
      nodes[at % 4]?.add(observation('a.example', { source: `192.0.2.${at % 7}` }), NOON);
    await Promise.all(nodes.map((node) => node.settled()));
    const read = await counts(state).read('2026-03-02', 'a.example');
    expect(read?.records).toHaveLength(7);
    expect(read?.records.reduce((all, { count }) => all + count, 0)).toBe(100);
  });

  test('rows beyond the limit of a domain are counted together', async () => {
    const state = memory();
    const counted = counts(state, { rows: 3 });
    for (let at = 0; at < 10; at++) counted.add(observation('a.example', { source: `192.0.2.${at}` }), NOON);
    // Known rows still count.
    counted.add(observation('a.example', { source: '192.0.2.0' }), NOON);
    await counted.settled();
    // Another process comes to the same end.
    const other = counts(state, { rows: 3 });
    other.add(observation('a.example', { source: '192.0.2.77' }), NOON);
    other.add(observation('a.example', { source: '192.0.2.1' }), NOON);
    await other.settled();
    const read = await other.read('2026-03-02', 'a.example');
    expect(read?.records.map(({ count }) => count)).toEqual([2, 2, 1]);
    expect(read?.uncounted).toBe(8);
  });

  test('rows of all domains and the number of domains have limits', async () => {
    const counted = counts(memory(), { totalRows: 4, domains: 3 });
    for (const domain of ['a', 'b', 'c', 'd', 'e'])
      for (const source of ['192.0.2.1', '192.0.2.2', '192.0.2.3'])
        counted.add(observation(`${domain}.example`, { source }), NOON);
    // The next day begins anew.
    counted.add(observation('e.example'), MIDNIGHT);
    await counted.settled();
    expect(await counted.domains('2026-03-02')).toEqual(['a.example', 'b.example', 'c.example']);
    expect((await counted.read('2026-03-02', 'b.example'))?.records).toHaveLength(1);
    expect((await counted.read('2026-03-02', 'b.example'))?.uncounted).toBe(2);
    expect((await counted.read('2026-03-02', 'c.example'))?.records).toHaveLength(0);
    expect((await counted.read('2026-03-03', 'e.example'))?.records).toHaveLength(1);
  });

  test('expires', async () => {
    let now = NOON;
    const counted = counts(
      memory(() => now),
      { keepDays: 2 },
    );
    counted.add(observation('a.example'), NOON);
    await counted.settled();
    now += 3.9 * 86_400_000;
    expect(await counted.domains('2026-03-02')).toEqual(['a.example']);
    now += 0.2 * 86_400_000;
    expect(await counted.domains('2026-03-02')).toEqual([]);
  });

  test('a state that is away is one log line, and counting goes on afterwards', async () => {
    const state = memory();
    let away = true;
    const failing: State = {
      ...state,
      get: (key) => (away ? Promise.reject(new StateError('away', true)) : state.get(key)),
      put: (key, value, ttl) => state.put(key, value, ttl),
      increment: (key, by, ttl) => state.increment(key, by, ttl),
    };
    const lines: string[] = [];
    const log: Log = { ...silentLog, error: (_, text) => void lines.push(text) };
    const counted = counts(failing, {}, log);
    for (let at = 0; at < 50; at++) counted.add(observation('a.example'), NOON);
    await counted.settled();
    expect(lines).toHaveLength(1);
    away = false;
    counted.add(observation('a.example'), NOON);
    await counted.settled();
    expect((await counted.read('2026-03-02', 'a.example'))?.records).toMatchObject([{ count: 1 }]);
    expect(lines).toHaveLength(1);
  });

  test('what waits for a state that hangs is bounded', async () => {
    const state = memory();
    const held = Promise.withResolvers<undefined>();
    const hanging: State = { ...state, get: () => held.promise };
    const lines: string[] = [];
    const log: Log = { ...silentLog, error: (fields) => void lines.push(JSON.stringify(fields)) };
    const counted = counts(hanging, {}, log);
    for (let at = 0; at < 10_050; at++) counted.add(observation('a.example'), NOON);
    await sleep(1);
    expect(lines).toHaveLength(1);
  });
});

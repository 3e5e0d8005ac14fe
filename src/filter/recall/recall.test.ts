/** Workers ask the main thread: through a real pool. */
import { afterEach, expect, test } from 'vitest';
import { defaultAuthenticationSettings } from '../../authentication/settings.ts';
import { type Log, silentLog } from '../../log.ts';
import { defaultMessageLimits } from '../../message/limits.ts';
import { defaultDnsSettings } from '../../net/settings.ts';
import type { FuzzyWish } from '../fuzzy/store.ts';
import { createPool, type Pool } from '../pool.ts';
import type { Experience } from '../reputation/types.ts';
import { defaultFilterSettings } from '../settings.ts';
import type { RecallHost } from './types.ts';

const pools: Pool[] = [];
afterEach(async () => {
  for (const pool of pools.splice(0)) await pool.close();
});

function start(recallHost: RecallHost, log: Log = silentLog, timeout = 2000): Pool {
  const pool = createPool({
    filter: {
      ...defaultFilterSettings,
      fuzzy: { ...defaultFilterSettings.fuzzy, timeout, traps: ['trap@example.net'] },
      reputation: { ...defaultFilterSettings.reputation, timeout },
      pool: { ...defaultFilterSettings.pool, workers: 1 },
    },
    authentication: defaultAuthenticationSettings,
    dns: { ...defaultDnsSettings, zone: {} },
    message: defaultMessageLimits,
    log,
    recallHost,
  });
  pools.push(pool);
  return pool;
}

const memory = new SharedArrayBuffer(4);
new Int32Array(memory)[0] = 1;
const request = (id: string, recipient = 'ben@example.net') => ({
  id,
  raw: Buffer.from(
    `From: anna@example.org\r\nSubject: ${id}\r\n\r\n${'some more words to compare '.repeat(8)}\r\n`,
  ),
  envelope: {
    client: { address: '198.51.100.7', helo: 'mx.example.org' },
    sender: 'anna@example.org',
    recipients: [{ address: recipient }],
  },
});
const symbolsOf = (hits: { symbol: string }[]) =>
  hits.map(({ symbol }) => symbol).filter((symbol) => /^(?:FUZZY|REPUTATION)/.test(symbol));

test('what is remembered counts, and what is found out is told', async () => {
  const learned: FuzzyWish[] = [];
  const told: Experience[] = [];
  const pool = start({
    fuzzy: {
      memory,
      find: ({ signature, files }) =>
        Promise.resolve(
          signature?.length === 32 && files.length === 0 ? [{ kind: 'deny', count: 3, similarity: 1 }] : [],
        ),
      learn: (wish) => Promise.resolve(void learned.push(wish)),
    },
    reputation: {
      look: (subjects) => Promise.resolve(subjects.map((subject) => ({ ...subject, messages: 30, mean: 1 }))),
      add: (experience) => void told.push(experience),
    },
  });
  const verdicts = await Promise.all([
    pool.scan(request('one')),
    pool.scan(request('two', 'Trap@example.net')),
  ]);
  for (const { hits } of verdicts)
    expect(symbolsOf(hits)).toEqual(['FUZZY_DENIED', 'REPUTATION_ADDRESS_SPAM', 'REPUTATION_NETWORK_SPAM']);
  await expect.poll(() => told.length).toBe(2);
  expect(told[0]?.subjects.map(({ name }) => name)).toEqual([
    'anna@example.org 198.51.100.0',
    '198.51.100.0/24',
  ]);
  await expect.poll(() => learned.length).toBe(1);
  expect(learned[0]).toMatchObject({ kind: 'probable', message: expect.any(BigInt) });
});

test('who fails or does not answer holds nothing up; it is logged once', async () => {
  const lines: object[] = [];
  const pool = start(
    {
      fuzzy: { memory, find: () => Promise.reject(new Error('gone')), learn: () => Promise.resolve() },
      reputation: { look: () => new Promise(() => undefined), add: () => undefined },
    },
    { ...silentLog, error: (fields) => void lines.push(fields) },
    100,
  );
  for (const id of ['one', 'two']) expect(symbolsOf((await pool.scan(request(id))).hits)).toEqual([]);
  expect(lines).toEqual([{ error: 'gone' }]);
});

test('a part that is switched off is not asked', async () => {
  const pool = start({});
  expect(symbolsOf((await pool.scan(request('one', 'trap@example.net'))).hits)).toEqual([]);
});

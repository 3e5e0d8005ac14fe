import { expect, test } from 'vitest';
import type { Pool } from '../pool.ts';
import type { ScanRequest, Verdict } from '../types.ts';
import { withClamd } from './pool.ts';
import type { ClamdFinding } from './types.ts';

const request: ScanRequest = {
  id: 'm1',
  raw: Buffer.from('x'),
  envelope: { client: {}, sender: '', recipients: [] },
};

test('the worker is told what clamd said, and the pool is not closed before', async () => {
  const events: string[] = [];
  const { promise, resolve } = Promise.withResolvers<ClamdFinding>();
  const pool: Pool = {
    scan({ id, clamd }) {
      events.push(`scan ${id} ${clamd?.detail}`);
      return Promise.resolve({ action: 'reject' } as Verdict);
    },
    sign: () => Promise.resolve({ edits: [], signatures: [] }),
    statistics: () => ({ workers: 1, ready: 1, waiting: 0, waitingBytes: 0, running: 0 }),
    close() {
      events.push('close');
      return Promise.resolve();
    },
  };
  const scanner = withClamd(pool, { scan: () => promise });
  const verdict = scanner.scan(request);
  const closed = scanner.close();
  await new Promise(setImmediate);
  expect(events).toEqual([]);
  resolve({ result: 'found', detail: 'Some.Virus' });
  expect((await verdict).action).toBe('reject');
  await closed;
  expect(events).toEqual(['scan m1 Some.Virus', 'close']);
  expect(scanner.statistics().workers).toBe(1);
});

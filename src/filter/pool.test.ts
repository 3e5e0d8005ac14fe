import { describe, expect, test, vi } from 'vitest';
import { defaultAuthenticationSettings } from '../authentication/settings.ts';
import { silentLog, type Log } from '../log.ts';
import { defaultMessageLimits } from '../message/limits.ts';
import { defaultDnsSettings } from '../net/settings.ts';
import type { Death } from './lane.ts';
import { createPool, type Pool, type PoolObserver, type PoolOptions } from './pool.ts';
import { defaultFilterSettings, type PoolSettings } from './settings.ts';
import { ScanError, type ScanRequest, type Verdict } from './types.ts';

const hostileWorker = new URL('../../test/support/hostile-worker.ts', import.meta.url);

function pool(settings: Partial<PoolSettings>, more: Partial<PoolOptions> = {}): Pool {
  return createPool({
    filter: { ...defaultFilterSettings, pool: { ...defaultFilterSettings.pool, workers: 2, ...settings } },
    authentication: defaultAuthenticationSettings,
    dns: { ...defaultDnsSettings, zone: {} },
    message: defaultMessageLimits,
    log: silentLog,
    workerFile: hostileWorker,
    ...more,
  });
}

let count = 0;
function request(order = '', body = 'Hello\r\n'): ScanRequest {
  const id = `m${++count}`;
  const text = `From: a@example.org\r\nTo: b@example.net\r\nSubject: ${id}\r\nX-Test: ${order}\r\n\r\n${body}`;
  return { id, raw: Buffer.from(text), envelope: { client: {}, sender: 'a@example.org', recipients: [] } };
}

/** What became of a scan: the verdict's action, or the reason of the ScanError. Anything else fails the test. */
async function outcome(scan: Promise<Verdict>): Promise<string> {
  try {
    return (await scan).action;
  } catch (error) {
    if (!(error instanceof ScanError)) throw error;
    return error.reason;
  }
}

class Events implements Required<PoolObserver> {
  readonly deaths: Death[] = [];
  readonly failures: string[] = [];
  readonly times: { waited: number; elapsed: number; cpu: number }[] = [];
  scanned(times: { waited: number; elapsed: number; cpu: number }): void {
    this.times.push(times);
  }
  failed(reason: string): void {
    this.failures.push(reason);
  }
  workerDied(reason: Death): void {
    this.deaths.push(reason);
  }
}

describe('pool', () => {
  test('scans on shared and on plain buffers, and tells the observer', async () => {
    const observer = new Events();
    const scanner = pool({}, { observer });
    const plain = request();
    const raw = new Uint8Array(new SharedArrayBuffer(plain.raw.length));
    raw.set(plain.raw);
    const verdicts = await Promise.all([scanner.scan(plain), scanner.scan({ ...plain, raw })]);
    for (const verdict of verdicts) {
      expect(verdict).toMatchObject({ action: 'no action', required: 6, spam: false });
      expect(verdict.hits.map(({ symbol }) => symbol)).toContain('MISSING_DATE');
      expect(verdict.cpu).toBeGreaterThanOrEqual(0);
      expect(verdict.elapsed).toBeGreaterThan(0);
    }
    expect(observer.times).toHaveLength(2);
    // A system that counts the time of threads in ticks of some milliseconds says 0 of most scans, but not of all.
    let cpu = 0;
    for (let scans = 0; cpu === 0 && scans < 1000; scans++) cpu += (await scanner.scan(request())).cpu;
    expect(cpu).toBeGreaterThan(0);
    // The second worker may still be starting when the first has answered both.
    const idle = { workers: 2, ready: 2, waiting: 0, waitingBytes: 0, running: 0 };
    await vi.waitFor(() => expect(scanner.statistics()).toEqual(idle), 10_000);
    await scanner.close();
  });

  test('a check that throws is a symbol, and the others run', async () => {
    const errors: object[] = [];
    const log: Log = { ...silentLog, error: (fields) => errors.push(fields) };
    const scanner = pool({ workers: 1 }, { log });
    const { hits, score } = await scanner.scan(request('throw'));
    expect(hits).toContainEqual({ symbol: 'CHECK_ERROR', detail: 'obedient', score: 0 });
    expect(score).toBeGreaterThan(0);
    await scanner.close();
    expect(errors).toEqual([expect.objectContaining({ check: 'obedient', error: 'Error: as I was told' })]);
  });

  test('a worker that waits takes other messages meanwhile', async () => {
    const scanner = pool({ workers: 1 });
    await scanner.scan(request());
    const started = performance.now();
    const verdicts = await Promise.all(Array.from({ length: 10 }, () => scanner.scan(request('wait 1500'))));
    expect(verdicts).toHaveLength(10);
    // One after another they would take fifteen seconds.
    expect(performance.now() - started).toBeLessThan(12_000);
    await scanner.close();
  });

  test('past the memory limit, and a crash', async () => {
    const observer = new Events();
    const scanner = pool({ memoryLimit: 64 }, { observer });
    const hoarding = outcome(scanner.scan(request('heap')));
    const crashing = outcome(scanner.scan(request('crash')));
    const others = Array.from({ length: 20 }, () => outcome(scanner.scan(request('wait 20'))));
    expect(await hoarding).toBe('memory');
    expect(await crashing).toBe('crash');
    expect(await Promise.all(others)).toEqual(Array(20).fill('no action'));
    expect(new Set(observer.failures)).toEqual(new Set(['memory', 'crash']));
    await scanner.close();
  });

  test('a full queue is busy, by number and by bytes', async () => {
    const scanner = pool({ workers: 1, concurrency: 1, queueLength: 2, queueBytes: 4000 });
    await scanner.scan(request());
    const accepted = [1, 2, 3].map(() => outcome(scanner.scan(request('wait 200'))));
    expect(await outcome(scanner.scan(request()))).toBe('busy');
    expect(await Promise.all(accepted)).toEqual(Array(3).fill('no action'));

    const running = outcome(scanner.scan(request('wait 200')));
    // One is let in whatever its size; the next is too much.
    const large = outcome(scanner.scan(request('', 'x'.repeat(5000))));
    expect(scanner.statistics()).toMatchObject({ waiting: 1, running: 1 });
    expect(await outcome(scanner.scan(request()))).toBe('busy');
    expect(await Promise.all([running, large])).toEqual(['no action', 'no action']);
    expect(scanner.statistics()).toMatchObject({ waiting: 0, waitingBytes: 0, running: 0 });
    await scanner.close();
  });

  test('close waits for what was accepted, and takes nothing more', async () => {
    const scanner = pool({ workers: 1, concurrency: 2 });
    const accepted = Array.from({ length: 6 }, () => outcome(scanner.scan(request('wait 100'))));
    const closed = scanner.close();
    expect(await outcome(scanner.scan(request()))).toBe('closing');
    await closed;
    expect(await Promise.all(accepted)).toEqual(Array(6).fill('no action'));
    expect(scanner.statistics().running).toBe(0);
  });

  test('settings no worker could start with are refused at once', () => {
    const filter = { ...defaultFilterSettings, composites: { X: { expression: '(', score: 1 } } };
    expect(() => pool({}, { filter })).toThrow('filter.composites.X: expected a symbol');
  });

  test('workers killed at random under load: every scan gets an answer', async () => {
    const observer = new Events();
    // Time enough for a first scan in a new worker on a busy machine: the innocent ones must not run out of it.
    const scanner = pool({ timeLimit: 3000, memoryLimit: 64 }, { observer });
    const orders = Array.from({ length: 150 }, (_, index) =>
      index % 50 === 20 ? 'crash' : index === 40 ? 'hang' : index % 3 === 0 ? 'wait 30' : '',
    );
    const outcomes = await Promise.all(
      orders.map(async (order) => [order, await outcome(scanner.scan(request(order)))] as const),
    );
    for (const [order, result] of outcomes)
      expect([order, result]).toEqual([
        order,
        order === 'crash' ? 'crash' : order === 'hang' ? 'timeout' : 'no action',
      ]);
    // Each of the four is given up alone; which of them were in one worker's hands before is a matter of luck.
    expect(observer.deaths.length).toBeGreaterThanOrEqual(5);
    expect(observer.times.length + observer.failures.length).toBe(150);
    await scanner.close();
  });
});

/** Each has pools of its own and waits most of its time: so they do side by side. */
describe.concurrent('pool and time', () => {
  test('past the time limit: tried twice, alone the second time, then given up; neighbours get their verdict', async () => {
    const observer = new Events();
    const scanner = pool({ workers: 1, timeLimit: 2500 }, { observer });
    await scanner.scan(request());
    const neighbours = Array.from({ length: 5 }, () => outcome(scanner.scan(request('wait 300'))));
    const hanging = outcome(scanner.scan(request('hang')));
    expect(await Promise.all(neighbours)).toEqual(Array(5).fill('no action'));
    expect(await hanging).toBe('timeout');
    expect(observer.deaths).toEqual(['timeout', 'timeout']);
    expect(await outcome(scanner.scan(request()))).toBe('no action');
    await scanner.close();
  });

  test('a hanging message does not stop those on other workers', async () => {
    const observer = new Events();
    const scanner = pool({ timeLimit: 4000 }, { observer });
    await Promise.all([scanner.scan(request()), scanner.scan(request())]);
    const hanging = outcome(scanner.scan(request('hang')));
    await new Promise((done) => setTimeout(done, 300));
    let served = 0;
    for (; observer.deaths.length === 0 && served < 20; served++) await scanner.scan(request());
    // As a rule in some hundred milliseconds; were one to get behind the hanging one, it would wait until that is ended.
    expect([served, observer.deaths]).toEqual([20, []]);
    expect(await hanging).toBe('timeout');
    await scanner.close();
  });

  test('who waits too long is busy', async () => {
    const scanner = pool({ workers: 1, concurrency: 1, queueTime: 4000 });
    // On a busy machine a worker may take longer to start.
    await vi.waitFor(() => scanner.scan(request()), { timeout: 25_000, interval: 1 });
    const running = outcome(scanner.scan(request('wait 5500')));
    expect(await outcome(scanner.scan(request()))).toBe('busy');
    expect(await running).toBe('no action');
    await scanner.close();
  });

  test('workers that cannot start leave scans waiting until their time is over', async () => {
    const errors: string[] = [];
    const log: Log = { ...silentLog, error: (_, text) => errors.push(text) };
    const scanner = pool({ queueTime: 1500 }, { log, workerFile: new URL('file:///nowhere/worker.ts') });
    expect(await outcome(scanner.scan(request()))).toBe('busy');
    // On a busy machine a thread may take longer to fail than a scan waits.
    await vi.waitFor(() => expect(new Set(errors)).toEqual(new Set(['filter worker cannot start'])), {
      timeout: 25_000,
    });
    await scanner.close();
  });
});

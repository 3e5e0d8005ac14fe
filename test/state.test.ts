import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLog } from '../src/log.ts';
import { openState } from '../src/state/open.ts';
import { defaultStateSettings } from '../src/state/settings.ts';
import { createSqliteState } from '../src/state/sqlite.ts';
import { StateError } from '../src/state/types.ts';
import type { State } from '../src/state/types.ts';
import { describePeers } from './support/peers.ts';
import { RedisServer } from './support/redis.ts';
import { stateContract } from './support/state-contract.ts';

const WRITER = fileURLToPath(import.meta.resolve('./support/state-writer.ts'));

function writer(...parameters: string[]) {
  const child = spawn(process.execPath, [WRITER, ...parameters], { stdio: ['ignore', 'pipe', 'inherit'] });
  let acknowledged = 0;
  child.stdout.on('data', (data: Buffer) => (acknowledged += data.toString().split('\n').length - 1));
  return { child, ended: once(child, 'close'), acknowledged: () => acknowledged };
}

describe('SQLite state and several processes', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tamis-state-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  test('what was acknowledged is there after kill -9 of the writer', async () => {
    const path = join(folder, 'killed.sqlite');
    for (let round = 0; round < 4; round++) {
      const { child, ended, acknowledged } = writer(path, `round${round}`, 'put', '1000000');
      while (acknowledged() < 50) await sleep(5);
      await sleep(Math.random() * 100);
      child.kill('SIGKILL');
      await ended;
      const state = createSqliteState({ path, log: silentLog });
      for (let at = 0; at < acknowledged(); at++) {
        const value = await state.get(`round${round}/${at}`);
        expect(Buffer.from(value ?? []).toString()).toBe(`round${round} ${at}`.repeat(50));
      }
      await state.close();
    }
  });

  test('when the disk takes no more, what was acknowledged is there and the file is whole', async () => {
    const path = join(folder, 'full.sqlite');
    // The kernel refuses to let any file grow over 1 MiB: the writer sees a failing write in the middle.
    const limit = `trap '' XFSZ; ulimit -f 2048; exec "$0" "$@"`;
    const command = [process.execPath, WRITER, path, 'full', 'put', '100000'];
    const child = spawn('sh', ['-c', limit, ...command], { stdio: ['ignore', 'pipe', 'pipe'] });
    let acknowledged = 0;
    let complaint = '';
    child.stdout.on('data', (data: Buffer) => (acknowledged += data.toString().split('\n').length - 1));
    child.stderr.on('data', (data: Buffer) => (complaint += data.toString()));
    const [code] = await once(child, 'close');
    expect(code).not.toBe(0);
    expect(complaint).toContain('StateError');
    expect(complaint).toContain('temporary: true');
    expect(acknowledged).toBeGreaterThan(20);
    const state = createSqliteState({ path, log: silentLog });
    for (let at = 0; at < acknowledged; at++)
      expect(text(await state.get(`full/${at}`))).toBe(`full ${at}`.repeat(50));
    await state.put('more', Buffer.alloc(100_000));
    await state.close();
    const database = new DatabaseSync(path, { readOnly: true });
    expect(database.prepare('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' });
    database.close();
  });

  test('counts of several processes at once add up', async () => {
    const path = join(folder, 'shared.sqlite');
    const writers = Array.from({ length: 3 }, (_, at) => writer(path, String(at), 'increment', '300'));
    const ends = await Promise.all(writers.map((one) => one.ended));
    expect(ends.map(([code]) => code)).toEqual([0, 0, 0]);
    const state = createSqliteState({ path, log: silentLog });
    expect(await state.increment('shared', 0)).toBe(900);
    await state.close();
  });
});

const connect = (
  server: RedisServer,
  more: Partial<typeof defaultStateSettings.redis> = {},
): Promise<State> =>
  openState({
    settings: {
      ...defaultStateSettings,
      driver: 'redis',
      redis: { ...defaultStateSettings.redis, url: server.url, timeout: 1, ...more },
    },
    log: silentLog,
  });

const text = (value: Uint8Array | undefined): string | undefined =>
  value === undefined ? undefined : Buffer.from(value).toString();

/** Milliseconds until the call has failed with a temporary StateError. */
async function failsAfter(call: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  const failure = await call().then(
    () => undefined,
    (cause: unknown) => cause,
  );
  expect(failure).toBeInstanceOf(StateError);
  expect((failure as StateError).temporary).toBe(true);
  return performance.now() - started;
}

async function untilAnswers(state: State): Promise<void> {
  const deadline = Date.now() + 15_000;
  for (;;) {
    try {
      return await state.ping();
    } catch (cause) {
      if (Date.now() > deadline) throw cause;
      await sleep(50);
    }
  }
}

describePeers(['redis-server'], 'Redis state', () => {
  let server: RedisServer;
  beforeAll(async () => void (server = await RedisServer.start()));
  afterAll(() => server.remove());

  describe('the contract', () => {
    stateContract(async () => ({ state: await connect(server), other: await connect(server) }));
  });

  test('prefixes keep installations apart, whatever signs they have', async () => {
    const one = await connect(server, { prefix: 'a*[x]:' });
    const two = await connect(server, { prefix: 'ab[x]:' });
    await one.put('k', Buffer.from('1'));
    await two.put('k', Buffer.from('2'));
    const keys = [];
    for await (const { key, value } of one.list('')) keys.push(`${key}=${text(value)}`);
    expect(keys).toEqual(['k=1']);
    await one.close();
    await two.close();
  });

  test('what was acknowledged survives kill -9 of the server; calls meanwhile fail soon and do not come true later', async () => {
    const state = await connect(server);
    const acknowledged: string[] = [];
    const load = (async () => {
      for (let at = 0; ; at++) {
        try {
          await state.put(`killed/${at}`, Buffer.from(String(at)));
          acknowledged.push(String(at));
        } catch (cause) {
          return cause;
        }
      }
    })();
    while (acknowledged.length < 200) await sleep(5);
    await server.kill();
    expect(await load).toBeInstanceOf(StateError);

    const begun = performance.now();
    const waits = await Promise.all(
      Array.from({ length: 50 }, (_, at) => failsAfter(() => state.put(`never/${at}`, Buffer.from('x')))),
    );
    expect(Math.max(...waits)).toBeLessThan(1500);
    await sleep(Math.max(0, 1200 - (performance.now() - begun)));
    // Away for longer than a call may take: nobody waits any more.
    expect(await failsAfter(() => state.get('killed/0'))).toBeLessThan(200);
    expect(await failsAfter(() => state.tokens('t').add(new BigUint64Array([1n]), [1]))).toBeLessThan(200);

    await server.run();
    await untilAnswers(state);
    for (const at of acknowledged) expect(text(await state.get(`killed/${at}`))).toBe(at);
    const late = [];
    for await (const { key } of state.list('never/')) late.push(key);
    expect(late).toEqual([]);
    await state.close();
  });

  test('a short restart is waited for', async () => {
    const state = await connect(server, { timeout: 8 });
    await state.put('short', Buffer.from('1'));
    await server.kill();
    const waiting = sleep(50).then(() => state.get('short'));
    await server.run();
    expect(text(await waiting)).toBe('1');
    await state.close();
  });

  test('a server that hangs is a failure in time; afterwards all goes on', async () => {
    const state = await connect(server);
    await state.put('hang', Buffer.from('1'));
    server.freeze();
    try {
      expect(await failsAfter(() => state.get('hang'))).toBeLessThan(1500);
    } finally {
      server.thaw();
    }
    await untilAnswers(state);
    expect(text(await state.get('hang'))).toBe('1');
    await state.close();
  });

  test('a server that is full or needs a password says so; the password is in no log line', async () => {
    const full = await RedisServer.start('--maxmemory', '4mb', '--maxmemory-policy', 'noeviction');
    const locked = await RedisServer.start('--requirepass', 'correct-horse');
    const lines: string[] = [];
    const write = (fields: object, line: string): void => void lines.push(JSON.stringify(fields) + line);
    const log = { debug: write, info: write, warn: write, error: write, child: () => log };
    try {
      const state = await connect(full);
      await failsAfter(async () => {
        for (let at = 0; at < 100; at++) await state.put(`fill/${at}`, Buffer.alloc(100_000));
      });
      await state.close();
      for (const [password, opens] of [
        ['wrong-donkey', false],
        ['correct-horse', true],
      ] as const) {
        const redis = { ...defaultStateSettings.redis, url: locked.url, timeout: 1, password };
        const one = await openState({ settings: { ...defaultStateSettings, driver: 'redis', redis }, log });
        if (opens) await untilAnswers(one);
        else await failsAfter(() => one.ping());
        await one.close();
      }
      expect(lines.join('\n')).toContain('WRONGPASS');
      expect(lines.join('\n')).not.toMatch(/correct-horse|wrong-donkey/);
    } finally {
      await full.remove();
      await locked.remove();
    }
  });
});

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { generate } from 'selfsigned';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { silentLog } from '../src/log.ts';
import { openState } from '../src/state/open.ts';
import { defaultStateSettings } from '../src/state/settings.ts';
import type { RedisSettings } from '../src/state/settings.ts';
import { StateError } from '../src/state/types.ts';
import type { State } from '../src/state/types.ts';
import { describePeers } from './support/peers.ts';
import { RedisCluster } from './support/redis-cluster.ts';
import { RedisServer } from './support/redis.ts';
import { freePort } from './support/port.ts';
import { stateContract } from './support/state-contract.ts';

const connect = (more: Partial<RedisSettings>): Promise<State> => {
  const redis = { ...defaultStateSettings.redis, timeout: 2, ...more };
  return openState({ settings: { ...defaultStateSettings, driver: 'redis', redis }, log: silentLog });
};

async function listed(state: State): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of state.list('share/')) keys.push(key);
  return keys;
}

/** Tries until the call comes through; only temporary failures are forgiven. */
async function eventually<T>(call: () => Promise<T>): Promise<T> {
  const deadline = Date.now() + 30_000;
  for (;;) {
    try {
      return await call();
    } catch (cause) {
      if (!(cause instanceof StateError && cause.temporary) || Date.now() > deadline) throw cause;
      await sleep(100);
    }
  }
}

describePeers(['redis-server'], 'Redis Cluster', () => {
  let cluster: RedisCluster;
  beforeAll(async () => void (cluster = await RedisCluster.start()));
  afterAll(() => cluster.remove());
  const nodes = (): string[] => cluster.servers.map(({ url }) => url.replace(/\/0$/, ''));

  describe('the contract', () => {
    stateContract(async () => ({
      state: await connect({ cluster: nodes() }),
      other: await connect({ cluster: nodes().slice(1) }),
    }));
  });

  test('a node that is gone takes only its share with it, in bounded time', async () => {
    const state = await connect({ cluster: nodes() });
    const keys = Array.from({ length: 60 }, (_, at) => `share/${at}`);
    for (const key of keys) await state.put(key, Buffer.from(key));
    const gone = cluster.servers[2];
    await gone?.kill();
    const started = performance.now();
    const results = await Promise.allSettled(keys.map((key) => state.get(key)));
    expect(performance.now() - started).toBeLessThan(20_000);
    for (const one of results) if (one.status === 'rejected') expect(one.reason).toBeInstanceOf(StateError);
    expect(results.some(({ status }) => status === 'rejected')).toBe(true);
    // A list without the lost node's keys would look like a whole one.
    for (let at = 0; at < 5; at++) {
      await expect(listed(state)).rejects.toMatchObject({ temporary: true });
      await sleep(300);
    }
    await gone?.run();
    expect(await eventually(() => listed(state))).toHaveLength(60);
    for (const key of keys)
      expect(Buffer.from((await eventually(() => state.get(key))) ?? []).toString()).toBe(key);
    await state.close();
  });
});

describePeers(['redis-server'], 'Redis with Sentinel', () => {
  test('after the master’s death the next one is found', async () => {
    const master = await RedisServer.start('--repl-diskless-sync-delay', '0');
    const replica = await RedisServer.start('--replicaof', `127.0.0.1 ${master.port}`);
    const follower = new Redis(replica.url);
    // A sentinel asks for replicas when it starts, and then only every ten seconds.
    while (!(await follower.info('replication')).includes('master_link_status:up')) await sleep(50);
    const folder = mkdtempSync(join(tmpdir(), 'tamis-sentinel-'));
    const configuration = join(folder, 'sentinel.conf');
    writeFileSync(
      configuration,
      `sentinel monitor tamis 127.0.0.1 ${master.port} 1
sentinel down-after-milliseconds tamis 500
sentinel failover-timeout tamis 3000
`,
    );
    const sentinel = await RedisServer.sentinel(configuration);
    const state = await connect({
      sentinels: [{ host: '127.0.0.1', port: sentinel.port }],
      sentinelName: 'tamis',
      url: 'redis://127.0.0.1:1/0',
    });
    try {
      await eventually(() => state.put('before', Buffer.from('1')));
      // Replication is asynchronous.
      while ((await follower.get('tamis:e:before')) === null) await sleep(20);
      await master.kill();
      await eventually(() => state.put('after', Buffer.from('2')));
      expect(Buffer.from((await state.get('before')) ?? []).toString()).toBe('1');
      expect(Buffer.from((await state.get('after')) ?? []).toString()).toBe('2');
    } finally {
      follower.disconnect();
      await state.close();
      await sentinel.remove();
      await replica.remove();
      await master.remove();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describePeers(['redis-server'], 'Redis over TLS', () => {
  test('works with the authority that was given, and not without', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tamis-redis-tls-'));
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
    });
    writeFileSync(join(folder, 'key.pem'), key);
    writeFileSync(join(folder, 'cert.pem'), cert);
    const port = await freePort();
    const files = `--tls-cert-file ${folder}/cert.pem --tls-key-file ${folder}/key.pem --tls-ca-cert-file ${folder}/cert.pem`;
    const server = await RedisServer.start(
      '--tls-port',
      String(port),
      '--tls-auth-clients',
      'no',
      ...files.split(' '),
    );
    const url = `rediss://127.0.0.1:${port}/0`;
    const tls = { ...defaultStateSettings.redis.tls, enabled: true, ca: cert };
    const state = await connect({ url, tls });
    const blind = await connect({ url });
    try {
      await state.put('a', Buffer.from('1'));
      expect(Buffer.from((await state.get('a')) ?? []).toString()).toBe('1');
      await expect(blind.get('a')).rejects.toBeInstanceOf(StateError);
    } finally {
      await state.close();
      await blind.close();
      await server.remove();
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

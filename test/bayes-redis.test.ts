import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { countsOf, SEEN } from '../src/filter/bayes/entries.ts';
import { defaultBayesSettings } from '../src/filter/bayes/settings.ts';
import { SharedStore } from '../src/filter/bayes/shared-store.ts';
import { TokenCounts } from '../src/filter/bayes/table.ts';
import { silentLog } from '../src/log.ts';
import { openState } from '../src/state/open.ts';
import { defaultStateSettings } from '../src/state/settings.ts';
import type { State } from '../src/state/types.ts';
import { numberedRequest } from './support/bayes-requests.ts';
import { describePeers } from './support/peers.ts';
import { RedisServer } from './support/redis.ts';

describePeers(['redis-server'], 'Bayes of two nodes in Redis', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tamis-bayes-redis-'));
  let redis: RedisServer;
  const states: State[] = [];

  async function node(): Promise<SharedStore> {
    const state = await openState({
      settings: {
        ...defaultStateSettings,
        driver: 'redis',
        path: join(folder, 'none'),
        // Seconds, for what is asked while there is no connection: it comes back only after that.
        redis: { ...defaultStateSettings.redis, url: redis.url, timeout: 1 },
      },
      log: silentLog,
    });
    states.push(state);
    return new SharedStore({
      tokens: state.tokens('bayes'),
      settings: { ...defaultBayesSettings, backend: 'state', tableBytes: 1024 * 1024, cacheTime: 1 },
      log: silentLog,
      now: Date.now,
    });
  }

  beforeAll(async () => {
    redis = await RedisServer.start();
  });
  afterAll(async () => {
    await Promise.all(states.map((state) => state.close()));
    await redis.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  const seenBy = async (store: SharedStore) => {
    await store.fetch(new BigUint64Array([SEEN]));
    return countsOf(new TokenCounts(store.memory), SEEN);
  };

  it('what one learns the other knows, a moment later; what fails says so and can be tried again', {
    timeout: 60_000,
  }, async () => {
    const [one, other] = [await node(), await node()];
    const requests = Array.from({ length: 30 }, (_, number) => numberedRequest(number));
    await Promise.all([one.learn(requests.slice(0, 20)), other.learn(requests.slice(20))]);
    await expect.poll(() => seenBy(other), { timeout: 10_000 }).toEqual({ spam: 15, ham: 15 });
    expect(await other.learn(requests)).toEqual(requests.map(() => 'known'));
    await redis.kill();
    await expect(one.learn([numberedRequest(99)])).rejects.toThrow();
    await redis.run();
    await expect
      .poll(() => one.learn([numberedRequest(99)]).catch(() => []), { timeout: 20_000 })
      .toHaveLength(1);
    await expect.poll(() => seenBy(other), { timeout: 10_000 }).toEqual({ spam: 15, ham: 16 });
  });
});

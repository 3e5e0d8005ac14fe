import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, expect, it } from 'vitest';
import { fingerprintOf } from '../src/filter/fuzzy/fingerprint.ts';
import { defaultFuzzySettings } from '../src/filter/fuzzy/settings.ts';
import { FuzzyStore } from '../src/filter/fuzzy/store.ts';
import { defaultReputationSettings } from '../src/filter/reputation/settings.ts';
import { ReputationStore } from '../src/filter/reputation/store.ts';
import { silentLog } from '../src/log.ts';
import { parseMessage } from '../src/message/parse.ts';
import { openState } from '../src/state/open.ts';
import { defaultStateSettings } from '../src/state/settings.ts';
import type { State } from '../src/state/types.ts';
import { describePeers } from './support/peers.ts';
import { RedisServer } from './support/redis.ts';

describePeers(['redis-server'], 'copies and senders, remembered by two nodes in Redis', () => {
  const servers: RedisServer[] = [];
  const states: State[] = [];
  afterAll(async () => {
    // Bounded: a connection to a server that is gone need not end by itself.
    await Promise.race([Promise.allSettled(states.map((state) => state.close())), sleep(5_000)]);
    await Promise.all(servers.map((server) => server.remove()));
  });

  async function node(url: string) {
    const redis = { ...defaultStateSettings.redis, url, timeout: 1 };
    const state = await openState({
      settings: { ...defaultStateSettings, driver: 'redis', redis },
      log: silentLog,
    });
    states.push(state);
    const failures: Error[] = [];
    return {
      fuzzy: new FuzzyStore({ state, settings: defaultFuzzySettings }),
      reputation: new ReputationStore({
        state,
        settings: defaultReputationSettings,
        now: Date.now,
        failed: (error) => failures.push(error),
      }),
      failures,
    };
  }

  const text = 'one two three four five six seven eight nine ten '.repeat(4);
  const print = (more: string) =>
    fingerprintOf(
      parseMessage(Buffer.from(`Subject: x\r\n\r\n${text}${more}\r\n`)),
      defaultFuzzySettings,
    ) ?? { files: [] };

  it('what one learns the other finds; without the server it says so, and goes on with it', {
    timeout: 60_000,
  }, async () => {
    const redis = await RedisServer.start();
    servers.push(redis);
    const [one, other] = [await node(redis.url), await node(redis.url)];
    await one.fuzzy.learn({ kind: 'deny', message: 1n, fingerprint: print('') });
    await other.fuzzy.learn({ kind: 'deny', message: 2n, fingerprint: print('eleven') });
    expect(await other.fuzzy.learn({ kind: 'deny', message: 1n, fingerprint: print('') })).toBe('known');
    expect(await one.fuzzy.find(print(''))).toMatchObject([{ kind: 'deny', count: 2 }]);

    const sender = { kind: 'network' as const, name: '198.51.100.0/24' };
    for (const { reputation } of [one, other]) {
      reputation.add({ subjects: [sender], value: 1 });
      await reputation.flush();
    }
    expect(await one.reputation.look([sender])).toMatchObject([{ mean: 1 }]);
    expect((await one.reputation.look([sender]))[0]?.messages).toBeCloseTo(2, 3);

    await redis.kill();
    await expect(one.fuzzy.find(print(''))).rejects.toThrow();
    one.reputation.add({ subjects: [sender], value: 1 });
    await one.reputation.flush();
    expect(one.failures).toHaveLength(1);
    await redis.run();
    await expect
      .poll(() => one.fuzzy.learn({ kind: 'forget', message: 9n, fingerprint: undefined }).catch(() => ''), {
        timeout: 20_000,
      })
      .toBe('known');
  });
});

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../support/mta.ts';
import { describePeers } from '../support/peers.ts';
import { RedisServer } from '../support/redis.ts';
import { tamis, TamisServer } from '../support/tamis.ts';

const ham = join(import.meta.dirname, '../../corpus/samples/ham.eml');

describePeers(['redis-server'], 'tamis serve with its state in Redis', () => {
  const server = new TamisServer();
  let redis: RedisServer;

  beforeAll(async () => {
    redis = await RedisServer.start();
    server.configure(`hostname: mx.tamis.test
policy: { domains: [tamis.test], accounts: { cache_seconds: 0s } }
state: { driver: redis, redis: { url: '${redis.url}', timeout: 500ms } }
servers: { http: { listen: ['127.0.0.1:0'] }, smtp: { listen: ['127.0.0.1:0'], greeting_delay: 0ms } }
`);
    await tamis(['user', 'add', 'demo@tamis.test', '--config', server.configFile]);
    await server.start();
  });
  afterAll(async () => {
    await server.dispose();
    await redis.remove();
  });

  const send = () => tamis(['send', ham, '--server', server.address('smtp'), '--to', 'demo@tamis.test']);
  const health = async (): Promise<number> => (await fetch(`http://${server.address('http')}/health`)).status;

  it('finds accounts there; without it says "later" and /health tells; with it again goes on', async () => {
    expect((await send()).stdout).toMatch(/^250 /);
    expect(await health()).toBe(200);
    await redis.kill();
    expect((await send()).stderr).toMatch(/^4\d\d /);
    expect(await health()).toBe(503);
    await redis.run();
    await until(async () => ((await health()) === 200 ? true : undefined), 'healthy again');
    expect((await send()).stdout).toMatch(/^250 /);
  });

  it('ends when it cannot start, though Redis is there', async () => {
    const other = new TamisServer();
    other.configure(`hostname: mx.tamis.test
state: { driver: redis, redis: { url: '${redis.url}' } }
servers: { lmtp: { listen: ['127.0.0.1:0'] } }
`);
    // Where the spool should be.
    mkdirSync(other.data);
    writeFileSync(join(other.data, 'spool'), '');
    const ended = await tamis(['serve', '--config', other.configFile]);
    expect(ended.stderr).toContain('spool');
    expect(ended.code).toBe(1);
    await other.dispose();
  });
});

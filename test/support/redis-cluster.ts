import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { RedisServer } from './redis.ts';
import { freePort } from './port.ts';

const SLOTS = 16_384;
const NODES = 3;

/** Three masters that share the slots of a Redis Cluster. */
export class RedisCluster {
  readonly servers: readonly RedisServer[];

  private constructor(servers: readonly RedisServer[]) {
    this.servers = servers;
  }

  static async start(): Promise<RedisCluster> {
    const servers: RedisServer[] = [];
    const busPorts: string[] = [];
    for (let at = 0; at < NODES; at++) {
      busPorts.push(String(await freePort()));
      servers.push(
        await RedisServer.start(
          // Without the last of these the whole cluster stops when one node is gone.
          ...'--cluster-enabled yes --cluster-node-timeout 2000 --cluster-require-full-coverage no'.split(
            ' ',
          ),
          '--cluster-port',
          busPorts[at] ?? '',
        ),
      );
    }
    const clients = servers.map((server) => new Redis(server.url));
    try {
      for (const [at, client] of clients.entries()) {
        const [first, last] = [Math.floor((SLOTS * at) / NODES), Math.floor((SLOTS * (at + 1)) / NODES) - 1];
        await client.call('CLUSTER', 'ADDSLOTSRANGE', String(first), String(last));
        await client.call('CLUSTER', 'MEET', '127.0.0.1', String(servers[0]?.port), busPorts[0] ?? '');
      }
      for (const client of clients) while (!(await isWhole(client))) await sleep(50);
    } finally {
      for (const client of clients) client.disconnect();
    }
    return new RedisCluster(servers);
  }

  async remove(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.remove()));
  }
}

async function isWhole(client: Redis): Promise<boolean> {
  const info = String(await client.call('CLUSTER', 'INFO'));
  return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${NODES}`);
}

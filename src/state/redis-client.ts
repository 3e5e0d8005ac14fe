import { Cluster, Redis } from 'ioredis';
import type { RedisOptions } from 'ioredis';
import type { RedisSettings } from './settings.ts';

export type RedisClient = Redis | Cluster;

/** Longest pause between two attempts to connect, ms: a server that is back is found soon. */
const MAX_RETRY = 1000;

/** Time between two looks at who holds which part of a cluster, ms. */
const SLOTS_REFRESH = 3000;

const retry = (times: number): number =>
  Math.min(50 * 2 ** Math.min(times, 6), MAX_RETRY) + Math.random() * 50;

/**
 * A client for one server, a Sentinel group or a cluster. Commands never wait in a queue of the client's and are never
 * sent twice: a counter would count twice, and a write that was given up could appear minutes later.
 */
export function connectRedis(settings: RedisSettings): RedisClient {
  const { url, cluster, sentinels, username, password, timeout } = settings;
  const common: RedisOptions = {
    ...(username === '' ? {} : { username }),
    ...(password === '' ? {} : { password }),
    ...tlsOptions(settings),
    connectTimeout: timeout * 1000,
    // A server that is there but does not answer (stopped, cut off): drop the connection and look for another.
    socketTimeout: timeout * 1000 + 500,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    autoResubscribe: false,
    // After a failover the old master refuses writes: connect again, to whoever is master now.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
  };
  if (cluster.length > 0)
    return new Cluster(cluster, {
      enableOfflineQueue: false,
      clusterRetryStrategy: retry,
      // A node that was gone is taken up again when the slots are asked for anew.
      slotsRefreshInterval: SLOTS_REFRESH,
      redisOptions: common,
      ...(settings.tls.enabled ? { dnsLookup: keepName } : {}),
    });
  const single: RedisOptions = { ...common, retryStrategy: retry, enableOfflineQueue: false };
  if (sentinels.length === 0) return new Redis(url, single);
  const { sentinelName, sentinelPassword } = settings;
  return new Redis({
    ...single,
    sentinels,
    name: sentinelName,
    sentinelRetryStrategy: retry,
    enableTLSForSentinelMode: settings.tls.enabled,
    ...(settings.tls.enabled ? { sentinelTLS: tlsOptions(settings).tls } : {}),
    ...(sentinelPassword === '' ? {} : { sentinelPassword }),
  });
}

/** With TLS a cluster's nodes are reached by name, or no certificate would match. */
const keepName = (name: string, done: (error: null, address: string) => void): void => done(null, name);

function tlsOptions({ tls, url }: RedisSettings): Pick<RedisOptions, 'tls'> {
  if (!tls.enabled && !url.startsWith('rediss://')) return {};
  return {
    tls: {
      ...(tls.ca === '' ? {} : { ca: tls.ca }),
      ...(tls.certificate === '' ? {} : { cert: tls.certificate, key: tls.key }),
      ...(tls.serverName === '' ? {} : { servername: tls.serverName }),
    },
  };
}

import { Resolver as SystemResolver } from 'node:dns/promises';
import type { Answer, AnswerSource } from './cache.ts';
import { withCache } from './cache.ts';
import { DnsError } from './resolver.ts';
import type { DnsErrorCode, RecordType, Resolver } from './resolver.ts';
import type { DnsSettings } from './settings.ts';
import { createZoneResolver } from './zone-resolver.ts';

/** The resolver the settings ask for: the zone when there is one, else the network. */
export function createResolver(settings: DnsSettings): Resolver {
  return settings.zone === undefined ? createSystemResolver(settings) : createZoneResolver(settings.zone);
}

/** Asks the resolvers of the system or those of the settings, and remembers what they said. */
export function createSystemResolver(settings: DnsSettings): Resolver {
  return withCache(createSystemSource(settings), { entries: settings.cacheEntries });
}

/** What node's errors mean for us; those not named here are ESERVFAIL. */
const CODES: Readonly<Record<string, DnsErrorCode>> = {
  ENOTFOUND: 'ENOTFOUND',
  EBADNAME: 'ENOTFOUND',
  ENODATA: 'ENODATA',
  ETIMEOUT: 'ETIMEOUT',
};

type Query<T extends RecordType> = (resolver: SystemResolver, name: string) => Promise<Answer<T>>;

/** One way to ask per record type. node tells the TTL of addresses only. */
const QUERIES: { readonly [T in RecordType]: Query<T> } = {
  A: async (resolver, name) => timed(await resolver.resolve4(name, { ttl: true })),
  AAAA: async (resolver, name) => timed(await resolver.resolve6(name, { ttl: true })),
  MX: async (resolver, name) => ({
    records: (await resolver.resolveMx(name)).map(({ priority, exchange }) => ({ priority, exchange })),
  }),
  TXT: async (resolver, name) => ({ records: await resolver.resolveTxt(name) }),
  PTR: async (resolver, name) => ({ records: await resolver.resolvePtr(name) }),
  CNAME: async (resolver, name) => ({ records: await resolver.resolveCname(name) }),
  NS: async (resolver, name) => ({ records: await resolver.resolveNs(name) }),
  SOA: async (resolver, name) => ({ records: [(await resolver.resolveSoa(name)).nsname] }),
};

function timed(records: { address: string; ttl: number }[]): { records: string[]; ttl: number } {
  return {
    records: records.map(({ address }) => address),
    ttl: records.reduce((least, { ttl }) => Math.min(least, ttl), Number.POSITIVE_INFINITY),
  };
}

/** c-ares waits longer at each attempt, and asks every server; the time of the whole question is ours to keep. */
function createSystemSource(settings: DnsSettings): AnswerSource {
  const resolver = new SystemResolver({
    timeout: Math.max(1, Math.floor(settings.timeout / (settings.tries + 1))),
    tries: settings.tries,
  });
  if (settings.servers.length > 0) resolver.setServers(settings.servers);
  return {
    ask<T extends RecordType>(name: string, type: T): Promise<Answer<T>> {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => reject(new DnsError('ETIMEOUT', name, type)), settings.timeout);
        const query: Query<T> = QUERIES[type];
        query(resolver, name)
          .then(resolve, (error: unknown) => {
            const code = (error as { code?: unknown } | null)?.code;
            reject(new DnsError(CODES[String(code)] ?? 'ESERVFAIL', name, type));
          })
          .finally(() => clearTimeout(timer));
      });
    },
  };
}

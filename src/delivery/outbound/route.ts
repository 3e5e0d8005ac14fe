import { isIP } from 'node:net';
import { Networks } from '../../net/networks.ts';
import { DnsError, type MxRecord, type Resolver } from '../../net/resolver.ts';
import { isAddressLiteral, normaliseDomain } from '../../policy/address.ts';

/** One address of one mail server of a domain. */
export interface Host {
  /** Name in the MX record, for TLS and the log. */
  name: string;
  address: string;
}

export type Route =
  | { kind: 'hosts'; hosts: Host[] }
  /** The domain takes no mail (`failed`), or nothing is known of it now (`deferred`). `reply` in the words of SMTP. */
  | { kind: 'failed' | 'deferred'; reply: string };

export interface RouteOptions {
  resolver: Resolver;
  /** Our own name: servers of the same or a lower preference are not tried. */
  hostname: string;
  allowLoopback: boolean;
  hosts: number;
  /** 0 ≤ n < 1, orders servers of the same preference. */
  random: () => number;
}

/** Addresses that are never another site's mail server. */
const OURSELVES = new Networks([
  '127.0.0.0/8',
  '0.0.0.0/8',
  '169.254.0.0/16',
  '224.0.0.0/3',
  '::1',
  '::',
  'fe80::/10',
  'ff00::/8',
]);

/** MX records looked at: more are made by somebody who wants to keep us busy. */
const MAX_EXCHANGES = 20;

/** The servers to try for a domain, best first (RFC 5321 §5.1). */
export async function route(domain: string, options: RouteOptions): Promise<Route> {
  if (domain.startsWith('[')) {
    if (!isAddressLiteral(domain)) return { kind: 'failed', reply: '553 5.1.2 Bad address literal' };
    const address = domain.slice(1, -1).replace(/^IPv6:/i, '');
    return usable([{ name: address, address }], options);
  }
  const name = normaliseDomain(domain);
  if (name === '') return { kind: 'failed', reply: '553 5.1.2 Bad domain name' };
  let exchanges: MxRecord[];
  try {
    exchanges = await options.resolver.resolve(name, 'MX');
  } catch (error) {
    if (!(error instanceof DnsError)) throw error;
    if (error.code === 'ENOTFOUND') return { kind: 'failed', reply: `550 5.1.2 Domain ${name} not found` };
    if (error.code !== 'ENODATA')
      return { kind: 'deferred', reply: `451 4.4.3 DNS gives no answer for ${name}` };
    // RFC 5321 §5.1: a domain without MX is its own mail server.
    exchanges = [{ priority: 0, exchange: name }];
  }
  // RFC 7505 §3.
  if (exchanges.length === 1 && /^\.?$/.test(exchanges[0]?.exchange ?? '')) {
    return { kind: 'failed', reply: `556 5.1.10 Domain ${name} takes no mail` };
  }
  const best = beforeOurselves(shuffled(exchanges, options.random), options.hostname);
  if (best.length === 0) return { kind: 'failed', reply: `554 5.4.6 Mail for ${name} loops back to us` };
  return addresses(name, best.slice(0, MAX_EXCHANGES), options);
}

/** By preference, in random order within one (RFC 5321 §5.1). */
function shuffled(exchanges: readonly MxRecord[], random: () => number): MxRecord[] {
  return exchanges
    .map((record) => ({ record, order: random() }))
    .sort((one, other) => one.record.priority - other.record.priority || one.order - other.order)
    .map(({ record }) => record);
}

/** RFC 5321 §5.1: who is an MX himself tries only those with a better preference than his own. */
function beforeOurselves(exchanges: readonly MxRecord[], hostname: string): MxRecord[] {
  const us = normaliseDomain(hostname);
  const own = exchanges.find((record) => us !== '' && normaliseDomain(record.exchange) === us);
  return exchanges.filter((record) => own === undefined || record.priority < own.priority);
}

async function addresses(
  domain: string,
  exchanges: readonly MxRecord[],
  options: RouteOptions,
): Promise<Route> {
  const hosts: Host[] = [];
  let temporary = false;
  for (const { exchange } of exchanges) {
    if (hosts.length >= options.hosts) break;
    const name = normaliseDomain(exchange);
    if (name === '') continue;
    for (const type of ['A', 'AAAA'] as const) {
      try {
        for (const address of await options.resolver.resolve(name, type)) hosts.push({ name, address });
      } catch (error) {
        if (!(error instanceof DnsError)) throw error;
        if (error.code !== 'ENOTFOUND' && error.code !== 'ENODATA') temporary = true;
      }
    }
  }
  if (hosts.length > 0) return usable(hosts.slice(0, options.hosts), options);
  return temporary
    ? { kind: 'deferred', reply: `451 4.4.3 DNS gives no answer for the mail servers of ${domain}` }
    : { kind: 'failed', reply: `550 5.4.4 No mail server of ${domain} has an address` };
}

function usable(hosts: readonly Host[], options: RouteOptions): Route {
  const allowed = hosts.filter(
    ({ address }) => isIP(address) !== 0 && (options.allowLoopback || !OURSELVES.has(address)),
  );
  if (allowed.length > 0) return { kind: 'hosts', hosts: allowed };
  return {
    kind: 'failed',
    reply: `554 5.4.6 ${hosts[0]?.name} has no address that can be another mail server`,
  };
}

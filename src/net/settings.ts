import type { Zone } from './zone-resolver.ts';

/** How the DNS is asked. Times in milliseconds. */
export interface DnsSettings {
  /** Answers instead of the network: the parsed zone file (`parseZone`). For tests and for trying things offline. */
  zone?: Zone;
  /** Addresses of resolvers (`192.0.2.1`, `[2001:db8::1]:5353`); empty: those of the system. */
  servers: string[];
  /** For one question, all attempts and aliases together. */
  timeout: number;
  /** Attempts per resolver and question; the system's resolvers have their own number, if it is set. */
  tries: number;
  /** Questions under way at once, in each worker; others wait their turn. */
  concurrent: number;
  /**
   * Whose word counts that an answer was proved by DNSSEC (the AD bit): that of resolvers on this machine and of those
   * the system's resolv.conf calls trusted, of all, or nobody's.
   */
  trustAd: 'loopback' | 'always' | 'never';
  /** Different questions one message may ask, all checks together. */
  queries: number;
  /** Time one message may spend on the DNS, all checks together. */
  time: number;
  /** Answers remembered across messages, in each worker. */
  cacheEntries: number;
}

export const defaultDnsSettings: DnsSettings = {
  servers: [],
  // A resolver that has to walk from the root answers within two seconds; then one repeat.
  timeout: 5_000,
  tries: 2,
  // Each has a socket or two. A message has at most some dozen under way, a worker a few messages.
  concurrent: 200,
  // Over a network anybody between us and the resolver can set a bit (RFC 4035 §4.9.3).
  trustAd: 'loopback',
  // Ordinary mail asks 5 to 20. SPF alone may ask up to 111 (RFC 7208 §4.6.4: ten terms, ten addresses each); who
  // needs that many is better answered with a temporary error.
  queries: 100,
  // RFC 7208 §4.6.4 wants at least 20 s before an evaluation is given up.
  time: 20_000,
  // Some ten minutes of a busy worker; about 300 bytes each for ordinary answers.
  cacheEntries: 10_000,
};

import { z } from 'zod';
import { parseServer } from '../../net/dns/servers.ts';
import { defaultDnsSettings, type DnsSettings } from '../../net/settings.ts';
import { choice, custom, duration, settings, text, whole } from '../settings.ts';

/** `dns`: the room takes a parsed zone, the file names the zone's file. */
export type DnsConfig = Omit<DnsSettings, 'zone'> & { zone: string };

const { zone: _, ...dnsDefaults } = defaultDnsSettings;

export const dnsSection = settings<DnsConfig>(
  { zone: '', ...dnsDefaults },
  {
    zone: text(
      'Zone file (YAML: name → {TYPE: [values]}, or TIMEOUT or SERVFAIL) to ask instead of the network.',
    ),
    servers: custom(
      z.array(
        z
          .string()
          .max(100)
          .superRefine((entry, context) => {
            try {
              parseServer(entry);
            } catch (error) {
              context.addIssue((error as TypeError).message);
            }
          }),
      ),
      'Addresses of resolvers (192.0.2.1, [2001:db8::1]:5353); empty: those of the system.',
    ),
    timeout: duration('ms', '10ms', '1m', 'Time for one question, all attempts together'),
    tries: whole(
      1,
      10,
      'Attempts per resolver and question; options of resolv.conf go first for its resolvers.',
    ),
    concurrent: whole(1, 10_000, 'Questions under way at once, in each worker.'),
    trustAd: choice(
      ['loopback', 'always', 'never'],
      'Whose word counts that an answer is proved by DNSSEC: resolvers on this machine (and those of a resolv.conf ' +
        'with trust-ad), all, or none.',
    ),
    queries: whole(1, 10_000, 'Different questions one message may ask.'),
    time: duration('ms', '10ms', '5m', 'Time one message may spend on the DNS'),
    cacheEntries: whole(0, 10_000_000, 'Answers remembered, in each worker.'),
  },
  'How the DNS is asked.',
);

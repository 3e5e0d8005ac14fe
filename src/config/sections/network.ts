import { z } from 'zod';
import { defaultAuthenticationSettings, type AuthenticationSettings } from '../../authentication/settings.ts';
import { parseServer } from '../../net/dns/servers.ts';
import { defaultDnsSettings, type DnsSettings } from '../../net/settings.ts';
import { choice, custom, duration, flag, networks, settings, size, text, whole } from '../settings.ts';

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

export const authenticationSection = settings<AuthenticationSettings>(
  { authservId: undefined, ...defaultAuthenticationSettings },
  {
    authservId: text('Name in our Authentication-Results fields; default: hostname.', 255),
    localNetworks: networks('Clients for whose mail SPF and iprev say nothing and DMARC cannot fail.'),
    spfHelo: flag('Check the HELO name by SPF too.'),
    showLogin: flag('Name the login of an authenticated client in the field.'),
    minimumKeyBits: whole(512, 16_384, 'Smallest RSA key that counts, bits.'),
    partialBody: choice(['policy', 'pass'], 'What a DKIM signature over a part of the body (l=) is worth.'),
    limits: {
      signatures: whole(1, 100, 'DKIM signatures verified in one message.'),
      signatureBytes: size('1K', '1M', 'Octets of one signature field'),
      signedNames: whole(10, 10_000, 'Names in h= of a signature.'),
      signedHeaderBytes: size('1K', '16M', 'Octets of the header fields one signature covers'),
      signedHeaderLines: whole(10, 100_000, 'Lines of the header fields one signature covers.'),
      fromBytes: size('256', '1M', 'Octets of the From field'),
      arcSets: whole(1, 50, 'ARC sets of one message.'),
      arcBytes: size('1K', '16M', 'Octets of all ARC fields together'),
      spfRecord: whole(255, 65_535, 'Characters of one SPF record.'),
    },
  },
  'SPF, DKIM, DMARC and ARC of what comes in.',
);

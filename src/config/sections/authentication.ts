import { z } from 'zod';
import { defaultAuthenticationSettings, type AuthenticationSettings } from '../../authentication/settings.ts';
import { networkFault } from '../../net/networks.ts';
import {
  choice,
  custom,
  domainName,
  domains,
  flag,
  networks,
  settings,
  size,
  text,
  texts,
  whole,
} from '../settings.ts';

const networkOrDomain = z
  .string()
  .max(253)
  .refine((entry) => networkFault(entry) === undefined || domainName.safeParse(entry).success, {
    error: 'this is neither an address, a range nor a domain name',
  });

export const authenticationSection = settings<AuthenticationSettings>(
  { authservId: undefined, ...defaultAuthenticationSettings },
  {
    authservId: text('Name in our Authentication-Results fields; default: hostname.', 255),
    localNetworks: networks('Clients for whose mail SPF and iprev say nothing and DMARC cannot fail.'),
    relayNetworks: networks(
      'Relays of ours that take mail from the world; what they report with trusted_authserv_ids is believed.',
    ),
    trustedAuthservIds: texts('authserv-ids of those relays; from anybody else such fields are removed.'),
    spfHelo: flag('Check the HELO name by SPF too.'),
    showLogin: flag('Name the login of an authenticated client in the field.'),
    minimumKeyBits: whole(512, 16_384, 'Smallest RSA key that counts, bits.'),
    maximumKeyBits: whole(1_024, 16_384, 'Largest RSA key that counts, bits.'),
    keyCacheEntries: whole(1, 1_000_000, 'Parsed DKIM keys remembered, in each worker.'),
    partialBody: choice(['policy', 'pass'], 'What a DKIM signature over a part of the body (l=) is worth.'),
    dmarc: {
      organizationalDomain: choice(
        ['tree-walk', 'psl'],
        'How the organizational domain is found: as RFC 9989 or as RFC 7489 says.',
      ),
      apply: choice(
        ['score', 'quarantine', 'reject'],
        'The most that is done when DMARC fails and the domain asks for it.',
      ),
      overrides: custom(
        z.record(domainName, z.enum(['none', 'quarantine', 'reject'])),
        'What is done with failing mail from a domain and those below it, whatever it asks for.',
      ),
      exemptNetworks: networks('Clients whose mail may fail DMARC.'),
      trustedForwarders: custom(
        z.array(networkOrDomain).max(10_000),
        'Forwarders whose mail may fail DMARC: networks, or domains that SPF or DKIM proves.',
      ),
      mailingLists: domains('Lists whose mail may fail DMARC: domains of List-Id that SPF or DKIM proves.'),
    },
    arc: {
      trustedSealers: domains('Domains whose ARC seals are believed when they say that DMARC passed.'),
    },
    bimi: {
      enabled: flag('Look up the indicators of senders and write BIMI-Location.'),
    },
    limits: {
      signatures: whole(1, 100, 'DKIM signatures verified in one message.'),
      signatureBytes: size('1K', '1M', 'Octets of one signature field'),
      signedNames: whole(10, 10_000, 'Names in h= of a signature.'),
      signedHeaderBytes: size('1K', '16M', 'Octets of the header fields one signature covers'),
      keyRecords: whole(1, 100, 'Key records of one selector that are tried.'),
      keyRecordLength: whole(255, 65_535, 'Characters of one key record.'),
      arcSets: whole(1, 50, 'ARC sets of one message.'),
      arcBytes: size('1K', '16M', 'Octets of all ARC fields together'),
      spfRecord: whole(255, 65_535, 'Characters of one SPF record.'),
    },
  },
  'SPF, DKIM, DMARC and ARC of what comes in.',
);

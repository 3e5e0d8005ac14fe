import { defaultAuthenticationSettings, type AuthenticationSettings } from '../../authentication/settings.ts';
import { choice, flag, networks, settings, size, text, texts, whole } from '../settings.ts';

/** DMARC, ARC and BIMI have sections of their own, together with what is sent and sealed. */
type AuthenticationConfig = Omit<AuthenticationSettings, 'dmarc' | 'arc' | 'bimi'>;

const { dmarc: _dmarc, arc: _arc, bimi: _bimi, ...defaults } = defaultAuthenticationSettings;

export const authenticationSection = settings<AuthenticationConfig>(
  { authservId: undefined, ...defaults },
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
  'SPF, DKIM, ARC and DMARC of what comes in.',
);

import type { BimiSettings } from './bimi/settings.ts';
import { defaultBimiSettings } from './bimi/settings.ts';
import type { ArcSettings, DmarcSettings } from './dmarc/settings.ts';
import { defaultArcSettings, defaultDmarcSettings } from './dmarc/settings.ts';

/** What is verified, and how far a message may make us work for it. */
export interface AuthenticationSettings {
  /** Name in our Authentication-Results fields (RFC 8601 §2.5); the daemon puts the host name where it is not set. */
  authservId?: string;
  /** Addresses (`192.0.2.0/24`) for whose mail SPF and iprev say nothing and DMARC cannot fail. */
  localNetworks: string[];
  /**
   * Relays of ours that take mail from the world: of their clients we know only what their Authentication-Results say
   * (`trustedAuthservIds`), and their own address is nobody's. They must remove such fields from what they take in.
   */
  relayNetworks: string[];
  /** authserv-ids of those relays; from any other client such a field is forged and removed (RFC 8601 §5). */
  trustedAuthservIds: string[];
  /** Also check the HELO name by SPF when there is a sender (RFC 7208 §2.3). */
  spfHelo: boolean;
  /** Name the login of an authenticated client in the field (`smtp.auth`). */
  showLogin: boolean;
  /** Smallest RSA key that counts, in bits. */
  minimumKeyBits: number;
  /** Largest RSA key that counts, in bits. */
  maximumKeyBits: number;
  /** Parsed DKIM keys remembered, in each worker. */
  keyCacheEntries: number;
  /** `l=` that leaves a part of the body unsigned: `policy` (does not pass) or `pass`. */
  partialBody: 'policy' | 'pass';
  dmarc: DmarcSettings;
  arc: ArcSettings;
  bimi: BimiSettings;
  limits: AuthenticationLimits;
}

/** Beyond a limit the result is `policy` with the reason; the message itself is not touched. */
export interface AuthenticationLimits {
  /** DKIM signatures verified, from the top. */
  signatures: number;
  /** Bytes of one DKIM-Signature or ARC field. */
  signatureBytes: number;
  /** Names in `h=`. */
  signedNames: number;
  /** Bytes of all header fields one signature covers. */
  signedHeaderBytes: number;
  /** Key records of one selector that are tried. */
  keyRecords: number;
  /** Characters of one key record. */
  keyRecordLength: number;
  /** ARC sets. */
  arcSets: number;
  /** Bytes of all ARC fields together. */
  arcBytes: number;
  /** Characters of one SPF record. */
  spfRecord: number;
}

export const defaultAuthenticationSettings: AuthenticationSettings = {
  // Loopback, RFC 1918, link-local and unique local addresses: nobody can publish them in SPF for the world.
  localNetworks: [
    '127.0.0.0/8',
    '10.0.0.0/8',
    '172.16.0.0/12',
    '192.168.0.0/16',
    '169.254.0.0/16',
    '::1',
    'fc00::/7',
    'fe80::/10',
  ],
  relayNetworks: [],
  trustedAuthservIds: [],
  spfHelo: true,
  // A login name is half of a password; outgoing mail carries the field to strangers.
  showLogin: false,
  // RFC 8301 §3.2: verifiers must not accept less.
  minimumKeyBits: 1024,
  // Verifying costs the square of the size: 8,192 bits some 0.2 ms. Nobody signs with more.
  maximumKeyBits: 8_192,
  // Reading a key costs as much as verifying with it; a few hundred senders make up most mail. Some 3 KB each.
  keyCacheEntries: 1_000,
  // RFC 6376 §8.2: whoever relays the message can add text below a partial signature.
  partialBody: 'policy',
  dmarc: defaultDmarcSettings,
  arc: defaultArcSettings,
  bimi: defaultBimiSettings,
  limits: {
    // Author, provider and list make three; each further one costs an asymmetric operation and a body hash.
    signatures: 5,
    // The largest seen in practice (long h=, z= copies) are near 3 KB, ARC-Authentication-Results near 8 KB.
    signatureBytes: 16_384,
    // Every registered field twice (oversigning) is some 80.
    signedNames: 150,
    // A To field of 5,000 recipients is 256 KB, some milliseconds of work.
    signedHeaderBytes: 262_144,
    // One is allowed (RFC 6376 §3.6.2.2); more are left by mistake when keys change. Each may cost a verification.
    keyRecords: 3,
    // 8,192 bits of RSA are 1,400 characters; the rest is for notes (n=).
    keyRecordLength: 4_096,
    // RFC 8617 §4.2.1.
    arcSets: 50,
    // Verifying hashes every set once for each later one. Ten hops of the wordiest provider are 70 KB.
    arcBytes: 131_072,
    // RFC 7208 §3.4 asks for less than 512; the longest useful ones of large senders are near 4 KB.
    spfRecord: 8_192,
  },
};

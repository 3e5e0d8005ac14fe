import { createPrivateKey, type KeyObject } from 'node:crypto';

export type KeyType = 'rsa' | 'ed25519';

/** A private key as it was read. */
export interface PrivateKey {
  type: KeyType;
  key: KeyObject;
  /** RSA: of the modulus; Ed25519: 256. */
  bits: number;
}

/** RFC 8301 §3.2: signers must not use less. */
export const MIN_RSA_BITS = 1024;
/** RFC 8301 §3.2: signers should use at least this. */
export const GOOD_RSA_BITS = 2048;
/** RFC 8301 §3.2: verifiers need not take more. */
export const MAX_RSA_BITS = 4096;

/** PrivateKeyInfo of Ed25519 (RFC 8410 §7) up to the seed. */
const ED25519_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');
const SEED_BYTES = 32;

/**
 * Reads a private key: PEM (PKCS#8 for RSA and Ed25519, PKCS#1 for RSA), the same in base64 without the PEM lines, or
 * the 32 octets of an Ed25519 seed in base64. Returns what is wrong with it, for the admin; nothing of the key is in
 * that text.
 */
export function parsePrivateKey(text: string): PrivateKey | { fault: string } {
  const key = text.includes('-----BEGIN') ? pemKey(text) : bareKey(text);
  if (typeof key === 'string') return { fault: key };
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === 'ed25519') return { type, key, bits: 256 };
  if (type !== 'rsa') return { fault: `holds a key of type ${String(type)}: DKIM has RSA and Ed25519` };
  const bits = details?.modulusLength ?? 0;
  if (bits < MIN_RSA_BITS)
    return { fault: `holds an RSA key of ${bits} bits: below ${MIN_RSA_BITS} nobody verifies it` };
  return { type, key, bits };
}

function pemKey(text: string): KeyObject | string {
  if (/-----BEGIN (?:RSA )?PUBLIC KEY-----/.test(text)) return 'holds a public key, not the private one';
  if (/-----BEGIN CERTIFICATE-----/.test(text) && !/PRIVATE KEY-----/.test(text))
    return 'holds a certificate, not a private key';
  if (/ENCRYPTED/.test(text)) return 'is encrypted: store the key without a passphrase';
  try {
    return createPrivateKey(text);
  } catch {
    return 'holds no private key in PEM that can be read';
  }
}

function bareKey(text: string): KeyObject | string {
  const base64 = text.replace(/\s+/g, '');
  if (base64 === '') return 'is empty';
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return 'holds no private key: neither PEM nor base64';
  const bytes = Buffer.from(base64, 'base64');
  const seed = bytes.length === SEED_BYTES;
  const der = seed ? Buffer.concat([ED25519_PREFIX, bytes]) : bytes;
  for (const type of seed ? (['pkcs8'] as const) : (['pkcs8', 'pkcs1'] as const)) {
    try {
      return createPrivateKey({ key: der, format: 'der', type });
    } catch {
      // Not in this form.
    }
  }
  return `holds ${bytes.length} octets in base64 that are no private key (an Ed25519 seed has ${SEED_BYTES})`;
}

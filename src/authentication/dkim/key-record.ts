import { createPublicKey } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { colonList, parseTagList, withoutFws } from './tag-list.ts';

/** A key as published in a TXT record (RFC 6376 §3.6.1). */
export interface KeyRecord {
  /** `k=`, lower-cased. */
  readonly type: 'rsa' | 'ed25519';
  /** `p=`; undefined when it is empty: the key is revoked. */
  readonly key: KeyObject | undefined;
  /** RSA: bits of the modulus; Ed25519: 256; 0 for a revoked key. */
  readonly bits: number;
  /** `h=`, lower-cased; undefined when all are allowed. */
  readonly hashes: readonly string[] | undefined;
  /** `s=` holds `email` or `*`. */
  readonly forEmail: boolean;
  /** `t=y`: the domain is only trying. */
  readonly testing: boolean;
  /** `t=s`: the domain of `i=` must be `d=` itself. */
  readonly strictIdentity: boolean;
}

/** Why a record is no key. */
export interface KeyRecordFault {
  readonly fault: string;
}

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
/** SubjectPublicKeyInfo of Ed25519 (RFC 8410 §4) up to its 32 octets. */
const ED25519_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');
const ED25519_BYTES = 32;
/** In use are 3, 17 and 65537. Verifying costs in proportion to its length: one as long as the modulus, hundreds of times more. */
const MAX_EXPONENT = 2n ** 32n;

/**
 * Reads a key record strictly (RFC 6376 §3.6.1, RFC 8463 §4.2): `v=` must be first, `p=` present and a key of the type
 * `k=`; unknown tags are ignored. A pure function of the text, so that its answer can be kept; the caller bounds the
 * text's length.
 */
export function parseKeyRecord(text: string): KeyRecord | KeyRecordFault {
  const { tags, fault } = parseTagList(text);
  if (fault !== undefined) return { fault };
  const version = tags.get('v');
  if (version !== undefined && (version !== 'DKIM1' || tags.keys().next().value !== 'v'))
    return { fault: 'not a record of version DKIM1' };
  const type = (tags.get('k') ?? 'rsa').toLowerCase();
  if (type !== 'rsa' && type !== 'ed25519') return { fault: 'unknown key type' };
  const published = tags.get('p');
  if (published === undefined) return { fault: 'no p=' };
  const data = withoutFws(published);
  const key = data === '' ? undefined : publicKey(type, data);
  if (key !== undefined && 'fault' in key) return key;
  const hashes = tags.get('h');
  const services = tags.has('s') ? colonList(tags.get('s') ?? '') : ['*'];
  const flags = colonList(tags.get('t') ?? '');
  return {
    type,
    key: key?.key,
    bits: key?.bits ?? 0,
    hashes: hashes === undefined ? undefined : colonList(hashes.toLowerCase()),
    forEmail: services.includes('*') || services.includes('email'),
    testing: flags.includes('y'),
    strictIdentity: flags.includes('s'),
  };
}

function publicKey(
  type: KeyRecord['type'],
  base64: string,
): { key: KeyObject; bits: number } | KeyRecordFault {
  if (!BASE64.test(base64)) return { fault: 'p= is not base64' };
  const bytes = Buffer.from(base64, 'base64');
  if (type === 'ed25519') {
    if (bytes.length !== ED25519_BYTES) return { fault: 'not an Ed25519 key' };
    const der = Buffer.concat([ED25519_PREFIX, bytes]);
    return { key: createPublicKey({ key: der, format: 'der', type: 'spki' }), bits: ED25519_BYTES * 8 };
  }
  const key = rsaKey(bytes);
  const { modulusLength: bits = 0, publicExponent: exponent = 0n } = key?.asymmetricKeyDetails ?? {};
  if (key === undefined || key.asymmetricKeyType !== 'rsa') return { fault: 'not an RSA key' };
  if (exponent < 3n || exponent % 2n === 0n || exponent > MAX_EXPONENT)
    return { fault: 'RSA key with an unusable exponent' };
  return { key, bits };
}

/** SubjectPublicKeyInfo as everybody publishes it, or the bare RSAPublicKey of RFC 6376 §3.6.1 (see its errata). */
function rsaKey(der: Buffer): KeyObject | undefined {
  for (const type of ['spki', 'pkcs1'] as const) {
    try {
      return createPublicKey({ key: der, format: 'der', type });
    } catch {
      // Not in this form.
    }
  }
  return undefined;
}

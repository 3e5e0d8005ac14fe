import { createHash, verify } from 'node:crypto';
import type { AuthenticationSettings } from '../settings.ts';
import type { BodyHash } from './body-hash.ts';
import type { KeyRecord } from './key-record.ts';
import type { KeyLookup } from './keys.ts';
import type { Algorithm, Refusal, Signature } from './signature.ts';

/** What a signature is worth. */
export type Verdict = { readonly result: 'pass' } | Refusal;

/** Everything a verdict depends on beside the signature. */
export interface Evidence {
  keys: KeyLookup;
  body: BodyHash;
  /** What the signature is made over, as latin1 text; asked for when all else is well. */
  header: () => string;
  settings: AuthenticationSettings;
}

/** A signature made in the future may be refused (RFC 6376 §3.5, t=); a clock that runs on local time is hours ahead. */
const MAX_CLOCK_DRIFT = 86_400;

/** Whether a signature is out of its time (RFC 6376 §3.5); `now` in milliseconds since the epoch. */
export function timeFault({ time, expires }: Signature, now: number): Refusal | undefined {
  const seconds = now / 1_000;
  if (expires !== undefined && expires < seconds) return { result: 'permerror', reason: 'signature expired' };
  if (time !== undefined && time > seconds + MAX_CLOCK_DRIFT)
    return { result: 'policy', reason: 'signed in the future' };
  return undefined;
}

/**
 * Verifies one signature (RFC 6376 §6.1.2, §6.1.3): its key, the body hash, then the signature itself, with each key
 * that suits until one verifies.
 */
export function verifySignature(signature: Signature, { keys, body, header, settings }: Evidence): Verdict {
  if ('reason' in keys) return keys;
  const usable: KeyRecord[] = [];
  let fault: Refusal | undefined;
  for (const key of keys) {
    const found = keyFault(key, signature, settings);
    if (found === undefined) usable.push(key);
    else fault ??= found;
  }
  if (usable.length === 0) return fault ?? { result: 'permerror', reason: 'no key' };
  if (body.digest === undefined) return { result: 'permerror', reason: 'l= is larger than the body' };
  if (!body.digest.equals(signature.bodyHash)) return failure(usable, 'body hash did not verify');
  if (!anyVerifies(usable, signature.algorithm, header(), signature.value))
    return failure(usable, 'bad signature');
  const unsigned = body.total - (signature.length ?? body.total);
  if (unsigned > 0 && settings.partialBody === 'policy')
    return { result: 'policy', reason: `l= leaves ${unsigned} bytes of the body unsigned` };
  return { result: 'pass' };
}

/** `t=y`: a failure means no more than no signature at all (RFC 6376 §3.6.1). */
function failure(keys: readonly KeyRecord[], reason: string): Refusal {
  return keys.every(({ testing }) => testing)
    ? { result: 'neutral', reason: `${reason}; the key is in testing mode` }
    : { result: 'fail', reason };
}

/** Why a key cannot be used for a signature (RFC 6376 §6.1.2, RFC 8301 §3). */
export function keyFault(
  key: KeyRecord,
  { algorithm, identityDomain, domain }: Pick<Signature, 'algorithm' | 'identityDomain' | 'domain'>,
  { minimumKeyBits, maximumKeyBits }: Pick<AuthenticationSettings, 'minimumKeyBits' | 'maximumKeyBits'>,
): Refusal | undefined {
  const fault = (reason: string): Refusal => ({ result: 'permerror', reason });
  const [type = '', hash = ''] = algorithm.split('-');
  if (key.key === undefined) return fault('key revoked');
  if (key.type !== type) return fault('key is of another type than a=');
  if (key.hashes?.includes(hash) === false) return fault('key does not allow the hash of a=');
  if (!key.forEmail) return fault('key is not for email');
  if (key.strictIdentity && identityDomain !== domain) return fault('key does not allow i= of a subdomain');
  // RFC 8301 §3.1: whoever can make SHA-1 collide can sign for this domain.
  if (algorithm === 'rsa-sha1') return { result: 'policy', reason: 'weak algorithm' };
  if (key.type === 'rsa' && key.bits < minimumKeyBits) return { result: 'policy', reason: 'weak key' };
  if (key.bits > maximumKeyBits)
    return { result: 'policy', reason: `key of more than ${maximumKeyBits} bits` };
  return undefined;
}

/** Whether one of the keys verifies a signature over `data` (latin1 text). */
export function anyVerifies(
  keys: readonly KeyRecord[],
  algorithm: Algorithm,
  data: string,
  signature: Buffer,
): boolean {
  const bytes = Buffer.from(data, 'latin1');
  return keys.some(({ key }) => {
    if (key === undefined) return false;
    if (algorithm === 'rsa-sha256') return verify('sha256', bytes, key, signature);
    // Ed25519 signs the hash (RFC 8463 §3).
    if (algorithm === 'ed25519-sha256')
      return verify(null, createHash('sha256').update(bytes).digest(), key, signature);
    return false;
  });
}

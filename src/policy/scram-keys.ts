import { createHash, createHmac, pbkdf2 } from 'node:crypto';
import { promisify } from 'node:util';
import { saslPrep } from './saslprep.ts';

const derive = promisify(pbkdf2);

/** Hash functions of SCRAM by their names in node:crypto: RFC 5802 (SHA-1) and RFC 7677 (SHA-256). */
export const SCRAM_HASHES = { sha1: 20, sha256: 32 } as const;
export type ScramHash = keyof typeof SCRAM_HASHES;

/** What a server keeps of a password for one hash function: enough to check a proof, not to make one (RFC 5802 §3). */
export interface ScramKeys {
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

/** As it lies in the record of an account; Base64. */
export interface ScramKeySet {
  salt: string;
  iterations: number;
  keys: Record<ScramHash, { storedKey: string; serverKey: string }>;
}

const SALT_OCTETS = 16;

export const hmac = (hash: ScramHash, key: Uint8Array, text: string): Buffer =>
  createHmac(hash, key).update(text).digest();
export const digest = (hash: ScramHash, bytes: Uint8Array): Buffer => createHash(hash).update(bytes).digest();

/** SaltedPassword of RFC 5802 §3: `Hi` is PBKDF2. Takes some tens of milliseconds, off the main thread. */
export const saltPassword = (
  hash: ScramHash,
  password: string,
  salt: Uint8Array,
  iterations: number,
): Promise<Buffer> => derive(password, salt, iterations, SCRAM_HASHES[hash], hash);

/** Keys of a new password; undefined for a password that SASLprep refuses, which then works without SCRAM only. */
export async function makeScramKeys(
  password: string,
  iterations: number,
  random: (octets: number) => Uint8Array,
): Promise<ScramKeySet | undefined> {
  const prepared = saslPrep(password);
  if (prepared === undefined) return undefined;
  const salt = random(SALT_OCTETS);
  const one = async (hash: ScramHash): Promise<{ storedKey: string; serverKey: string }> => {
    const salted = await saltPassword(hash, prepared, salt, iterations);
    return {
      storedKey: digest(hash, hmac(hash, salted, 'Client Key')).toString('base64'),
      serverKey: hmac(hash, salted, 'Server Key').toString('base64'),
    };
  };
  return {
    salt: Buffer.from(salt).toString('base64'),
    iterations,
    keys: { sha1: await one('sha1'), sha256: await one('sha256') },
  };
}

/** Whether a value read from the state is a {@link ScramKeySet}. */
export function isScramKeySet(value: unknown): value is ScramKeySet {
  if (typeof value !== 'object' || value === null) return false;
  const { salt, iterations, keys } = value as Partial<ScramKeySet>;
  const good = (hash: ScramHash): boolean =>
    typeof keys?.[hash]?.storedKey === 'string' && typeof keys[hash].serverKey === 'string';
  return typeof salt === 'string' && Number.isInteger(iterations) && good('sha1') && good('sha256');
}

export function keysOf(set: ScramKeySet, hash: ScramHash): ScramKeys {
  const { storedKey, serverKey } = set.keys[hash];
  return { storedKey: Buffer.from(storedKey, 'base64'), serverKey: Buffer.from(serverKey, 'base64') };
}

/** A salt for a user who has none, always the same for the same name, so that nobody learns who exists here. */
export function decoySalt(secret: Uint8Array, user: string): Buffer {
  return hmac('sha256', secret, `salt ${user}`).subarray(0, SALT_OCTETS);
}

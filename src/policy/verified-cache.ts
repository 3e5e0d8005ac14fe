import { createHmac } from 'node:crypto';

/** Logins kept: about a megabyte. */
const MAX_VERIFIED = 10_000;
const KEY_OCTETS = 32;

/** Which passwords have been found right lately. */
export interface VerifiedCache {
  /** Whether this password was found to be that of this hash. */
  has(hashed: string, password: string): boolean;
  add(hashed: string, password: string): void;
}

/**
 * A hash that is dear to guess at is dear to verify too, and mail programs log in again and again. What is kept is not the
 * password but a MAC over it and the stored hash, under a key that nobody but this process has: a new password has another
 * hash, so the old one is right no longer at once. Wrong passwords are not remembered: they cost what they cost.
 */
export function createVerifiedCache(
  life: number,
  random: (octets: number) => Uint8Array,
  now: () => number,
): VerifiedCache {
  const key = random(KEY_OCTETS);
  const entries = new Map<string, number>();
  const name = (hashed: string, password: string): string =>
    createHmac('sha256', key).update(`${hashed}\0${password}`).digest('base64');
  return {
    has(hashed, password) {
      if (entries.size === 0) return false;
      const entry = name(hashed, password);
      const until = entries.get(entry);
      if (until === undefined) return false;
      // A clock that was set back must not make an entry live longer.
      const left = until - now();
      if (left > 0 && left <= life) return true;
      entries.delete(entry);
      return false;
    },
    add(hashed, password) {
      if (life <= 0) return;
      const entry = name(hashed, password);
      entries.delete(entry);
      const oldest = entries.keys().next().value;
      if (entries.size >= MAX_VERIFIED && oldest !== undefined) entries.delete(oldest);
      entries.set(entry, now() + life);
    },
  };
}

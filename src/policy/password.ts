import { hash, verify } from '@node-rs/argon2';
import { makeScramKeys, type ScramKeySet } from './scram-keys.ts';
import type { AccountSettings } from './settings.ts';

/** Octets; hashing reads all of it, so it is no place for a flood. */
const MAX_PASSWORD = 1024;
const SALT_OCTETS = 16;

/** 32 signs that are not taken for one another: 5 bits each. */
const SIGNS = 'abcdefghijkmnpqrstuvwxyz23456789';
const GROUPS = 4;
const GROUP_SIGNS = 5;

/** More logins are waiting than {@link AccountSettings.hashQueue}: the client is to come again (454 4.7.0 in SASL). */
export class BusyError extends Error {
  constructor() {
    super('too many logins at once');
  }
}

/** Hashes and verifies passwords with argon2id, a few at a time. */
export interface Passwords {
  /** PHC text. Rejects with {@link BusyError}. */
  hash(password: string): Promise<string>;
  /** Takes as long when `hashed` is undefined (no such account). Rejects with {@link BusyError}. */
  verify(password: string, hashed: string | undefined): Promise<boolean>;
  /** What SCRAM needs (RFC 5802 §3), or undefined when it is not to be kept. Rejects with {@link BusyError}. */
  scram(password: string): Promise<ScramKeySet | undefined>;
}

export function createPasswords(
  settings: AccountSettings,
  random: (octets: number) => Uint8Array,
): Passwords {
  const limited = createLimiter(settings.hashConcurrency, settings.hashQueue);
  const make = (password: string): Promise<string> =>
    hash(opaqueString(password), {
      // Algorithm.Argon2id; a const enum of a .d.ts has no value at run time.
      algorithm: 2,
      memoryCost: settings.hashMemory,
      timeCost: settings.hashPasses,
      parallelism: 1,
      salt: random(SALT_OCTETS),
    });
  // What unknown accounts are compared with, so that they cost the same: made once, of a password nobody has.
  let decoy: Promise<string> | undefined;
  return {
    hash: (password) => limited(() => make(password)),
    verify: (password, hashed) =>
      limited(async () => {
        if (isTooLong(password)) return false;
        const spare = await (decoy ??= make(Buffer.from(random(SALT_OCTETS)).toString('hex')));
        const same = await verify(hashed ?? spare, opaqueString(password));
        return same && hashed !== undefined;
      }),
    scram: async (password) =>
      settings.scramIterations === 0
        ? undefined
        : limited(() => makeScramKeys(password, settings.scramIterations, random)),
  };
}

/** RFC 8265 §4.2.2: all spaces are one, and passwords are compared in NFC, so that all keyboards give the same. */
const opaqueString = (password: string): string => password.replace(/\p{Zs}/gu, ' ').normalize('NFC');

const isTooLong = (password: string): boolean => Buffer.byteLength(password) > MAX_PASSWORD;

/** What is wrong with a new password, or undefined. */
export function passwordFault(password: string, settings: AccountSettings): string | undefined {
  if (password.length < settings.passwordLength)
    return `the password is shorter than ${settings.passwordLength} characters`;
  if (isTooLong(password)) return `the password is longer than ${MAX_PASSWORD} bytes`;
  // RFC 8265 §4.2.2: no control characters. NUL also divides the fields of SASL PLAIN (RFC 4616 §2).
  if (/[\p{Cc}]/u.test(password)) return 'the password has control characters';
  return undefined;
}

/** A password of 100 random bits, in groups that can be read out: `k7f3m-…`. */
export function generatePassword(random: (octets: number) => Uint8Array): string {
  // 256 is a multiple of 32: every sign is as likely.
  const signs = Array.from(random(GROUPS * GROUP_SIGNS), (octet) => SIGNS[octet % SIGNS.length] ?? '').join(
    '',
  );
  return Array.from({ length: GROUPS }, (_, at) =>
    signs.slice(at * GROUP_SIGNS, (at + 1) * GROUP_SIGNS),
  ).join('-');
}

/** Runs at most `concurrency` works at once; `queue` more may wait, in order. */
function createLimiter(concurrency: number, queue: number): <T>(work: () => Promise<T>) => Promise<T> {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (running >= concurrency) {
      if (waiting.length >= queue) throw new BusyError();
      // Whoever leaves hands the place over: `running` stays.
      await new Promise<void>((resolve) => void waiting.push(resolve));
    } else running++;
    try {
      return await work();
    } finally {
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}

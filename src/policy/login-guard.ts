import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { isIPv6 } from 'node:net';
import { Networks, plainAddress } from '../net/networks.ts';
import { type State, StateError } from '../state/types.ts';
import { normaliseAddress } from './address.ts';
import type { LoginSettings } from './settings.ts';

/** Too many logins from this address have failed: nothing is checked any more for a while. */
export class TooManyFailures extends Error {
  constructor() {
    super('too many failed logins from this address');
  }
}

/**
 * Slows down who guesses passwords, over all servers and processes that share the state. Failures are counted for the
 * address of the client and for the name that was tried: the one stops a guesser, the other many guessers at one
 * account. A name alone only delays, so nobody can shut somebody else out.
 */
export interface LoginGuard {
  /**
   * Runs a check of credentials, after the delay that earlier failures have earned. `check` gives undefined when they
   * are wrong. `address` is '' for a unix socket. Rejects with {@link TooManyFailures}, a `StateError`, or what `check` rejects with;
   * only wrong credentials count.
   */
  attempt<T>(address: string, user: string, check: () => Promise<T | undefined>): Promise<T | undefined>;
}

/** A process that ends does not wait for it. */
const pause = (milliseconds: number): Promise<unknown> => sleep(milliseconds, undefined, { ref: false });

export interface LoginGuardOptions {
  state: State;
  settings: LoginSettings;
  /** Milliseconds; for tests. */
  wait?: (milliseconds: number) => Promise<unknown>;
}

/** Throws a TypeError when the settings name a network that is none. */
export function createLoginGuard({ state, settings, wait = pause }: LoginGuardOptions): LoginGuard {
  const exempt = new Networks(settings.exemptNetworks);
  const count = (key: string, by: number): Promise<number> =>
    state.increment(key, by, settings.failureWindow);
  const delay = (failures: number): number =>
    failures < settings.freeFailures
      ? 0
      : Math.min(
          settings.maxDelay,
          settings.firstDelay * 2 ** Math.min(20, failures - settings.freeFailures),
        );
  return {
    async attempt(address, user, check) {
      const client = address === '' || exempt.has(address) ? undefined : network(address);
      const name = normaliseAddress(user) ?? user;
      // A token may say by itself whose it is: then the name is not known before, and '' is nobody's.
      const byUser = name === '' ? undefined : key('user', name);
      const byAddress = client === undefined ? undefined : key('address', client);
      const byBoth = key('pair', `${client ?? ''} ${name}`);
      const counters = [byUser, byAddress].filter((counter) => counter !== undefined);
      const add = (by: number): Promise<number[]> =>
        Promise.all(counters.map((counter) => count(counter, by)));
      let failures = Math.max(0, ...(await add(0)));
      if (byAddress !== undefined && settings.addressFailures > 0 && failures >= settings.addressFailures) {
        if ((await count(byAddress, 0)) >= settings.addressFailures) throw new TooManyFailures();
      }
      // A mail program opens several connections at once: without failures they do not slow each other down. With them
      // an attempt counts before it is checked, so that many at once wait as long as one after another.
      const counted = failures >= settings.freeFailures;
      if (counted) failures = Math.max(1, ...(await add(1))) - 1;
      let found: Awaited<ReturnType<typeof check>>;
      try {
        const earned = delay(failures);
        if (earned > 0) await wait(earned);
        found = await check();
      } catch (error) {
        if (counted) await add(-1).catch(() => undefined);
        throw error;
      }
      if (found === undefined) {
        try {
          if (!counted) await add(1);
          await count(byBoth, 1);
        } catch (error) {
          // What cannot be counted, on a full disk for example, earns the longest delay at once: guessing stays slow.
          await wait(settings.maxDelay);
          throw error;
        }
      } else {
        // Who has found his password again has made these failures himself; those of others stay.
        try {
          const own = await count(byBoth, 0);
          if (own > 0) await state.delete(byBoth);
          if (own > 0 || counted) await add(-own - (counted ? 1 : 0));
        } catch (error) {
          // He gets in all the same; failures that stay are over with their time.
          if (!(error instanceof StateError)) throw error;
        }
      }
      return found;
    },
  };
}

/** A host with IPv6 has a network of its own, of 2^64 addresses (RFC 4291 §2.5.4). */
function network(address: string): string {
  const plain = plainAddress(address);
  if (!isIPv6(plain)) return plain;
  const [head = '', tail] = plain.split('%')[0]?.split('::') ?? [];
  const groups = head === '' ? [] : head.split(':');
  const rest = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = tail === undefined ? 0 : Math.max(0, 8 - groups.length - rest.length);
  const whole = [...groups, ...Array<string>(missing).fill('0'), ...rest];
  return whole
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}

/** Hashed: names are as long as clients like, and a mistyped one may be a password. */
const key = (kind: string, name: string): string =>
  `login/${kind}/${createHash('sha256').update(name).digest('base64url').slice(0, 32)}`;

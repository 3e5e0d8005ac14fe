import { normalName } from './dns-name.ts';
import { DnsError } from './resolver.ts';
import type { Found, FullResolver, RecordType, Resolver } from './resolver.ts';

export interface Budget {
  /** Different questions that may be asked. */
  queries: number;
  /** Time from now until everything fails. */
  milliseconds: number;
  /** The clock, in milliseconds; default `performance.now`. */
  now?: () => number;
}

/**
 * A resolver for one message, shared by everything that judges it: the same question is asked once, and when questions
 * or time are used up every further one fails with EBUDGET at once, also those still under way. Closing it ends these
 * waits; the resolver beneath stays open.
 */
export function withBudget(resolver: Resolver, budget: Budget): FullResolver {
  const now = budget.now ?? (() => performance.now());
  const deadline = now() + budget.milliseconds;
  const asked = new Map<string, Promise<Found<RecordType>>>();
  // One timer for all that wait, not one for each.
  const waiting = new Set<() => void>();
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  function giveUp(): void {
    clearTimeout(timer);
    timer = undefined;
    for (const fail of waiting) fail();
    waiting.clear();
  }

  function answer<T extends RecordType>(name: string, type: T): Promise<Found<T>> {
    if (resolver.lookup !== undefined) return resolver.lookup(name, type);
    return resolver.resolve(name, type).then((records) => ({ records, authentic: false }));
  }

  function ask<T extends RecordType>(name: string, type: T): Promise<Found<T>> {
    const left = deadline - now();
    if (closed || asked.size >= budget.queries || left <= 0) throw new DnsError('EBUDGET', name, type);
    timer ??= setTimeout(giveUp, left);
    return new Promise((resolve, reject) => {
      const fail = (): void => reject(new DnsError('EBUDGET', name, type));
      waiting.add(fail);
      answer(name, type)
        .then(resolve, reject)
        .finally(() => {
          waiting.delete(fail);
          if (waiting.size > 0) return;
          clearTimeout(timer);
          timer = undefined;
        });
    });
  }

  async function lookup<T extends RecordType>(name: string, type: T): Promise<Found<T>> {
    const key = `${type} ${normalName(name)}`;
    let found = asked.get(key) as Promise<Found<T>> | undefined;
    if (found === undefined) {
      found = ask(name, type);
      asked.set(key, found);
    }
    const { records, authentic } = await found;
    return { records: [...records], authentic };
  }

  return {
    lookup,
    resolve: async (name, type) => (await lookup(name, type)).records,
    close() {
      closed = true;
      giveUp();
    },
  };
}

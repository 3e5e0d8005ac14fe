import { normalName } from './dns-name.ts';
import { DnsError } from './resolver.ts';
import type { RecordType, RecordTypes, Resolver } from './resolver.ts';

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
 * or time are used up every further one fails with EBUDGET at once, also those still under way.
 */
export function withBudget(resolver: Resolver, budget: Budget): Resolver {
  const now = budget.now ?? (() => performance.now());
  const deadline = now() + budget.milliseconds;
  const asked = new Map<string, Promise<RecordTypes[RecordType][]>>();

  function ask<T extends RecordType>(name: string, type: T): Promise<RecordTypes[T][]> {
    const left = deadline - now();
    if (asked.size >= budget.queries || left <= 0) throw new DnsError('EBUDGET', name, type);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new DnsError('EBUDGET', name, type)), left);
      resolver
        .resolve(name, type)
        .then(resolve, reject)
        .finally(() => clearTimeout(timer));
    });
  }

  return {
    async resolve<T extends RecordType>(name: string, type: T): Promise<RecordTypes[T][]> {
      const key = `${type} ${normalName(name)}`;
      const known = asked.get(key);
      if (known !== undefined) return [...((await known) as RecordTypes[T][])];
      const answer = ask(name, type);
      asked.set(key, answer);
      return [...(await answer)];
    },
  };
}

import type { Remembered } from '../sieve/remember.ts';
import type { State } from '../state/types.ts';

/**
 * What scripts remember from one message to the next: senders that got a reply (RFC 5230 §4.2) and ids that were seen
 * (RFC 7352 §3). It lies in the state, so it outlives a restart, and each thing leaves it when its time is over.
 */
export interface Memory {
  /** Whether it was remembered within so many seconds. Rejects with a `StateError`. */
  seen(account: string, kind: Remembered['kind'], key: string, seconds: number): Promise<boolean>;
  /** Rejects with a `StateError`; what was remembered until then stays. */
  remember(account: string, items: readonly Remembered[]): Promise<void>;
  forget(account: string, items: readonly Remembered[]): Promise<void>;
  /**
   * One at a time for each account: two copies of a mail that come in together must not both be the first one.
   * Resolves to the function that ends the turn.
   */
  turn(account: string): Promise<() => void>;
}

export function createMemory(state: State, now: () => number): Memory {
  const turns = new Map<string, Promise<void>>();
  const keyOf = (account: string, kind: Remembered['kind'], key: string): string =>
    `sieve/${kind}/${account}/${key}`;
  return {
    async seen(account, kind, key, seconds) {
      const value = await state.get(keyOf(account, kind, key));
      if (value === undefined) return false;
      // A script that asks for a shorter time than it did before is taken at its word.
      return now() - Number(Buffer.from(value).toString('latin1')) < seconds * 1000;
    },
    async remember(account, items) {
      for (const { kind, key, seconds } of items) {
        if (seconds <= 0) continue;
        await state.put(
          keyOf(account, kind, key),
          Buffer.from(String(Math.floor(now()))),
          Math.ceil(seconds),
        );
      }
    },
    async forget(account, items) {
      for (const { kind, key } of items) await state.delete(keyOf(account, kind, key));
    },
    async turn(account) {
      const before = turns.get(account);
      let end = (): void => undefined;
      const mine = new Promise<void>((resolve) => {
        end = resolve;
      });
      const last = (before ?? Promise.resolve()).then(() => mine);
      turns.set(account, last);
      await before;
      return () => {
        if (turns.get(account) === last) turns.delete(account);
        end();
      };
    },
  };
}

import type { MessageFacts } from './types.ts';

/** Messages remembered: some hundred octets each, and sessions soon know that they are gone. */
const MAX_REMEMBERED = 10_000;

/** Facts of messages that were expunged a moment ago, for sessions that have not been told yet. */
export class Departed {
  readonly #facts = new Map<string, MessageFacts>();

  remember(mailboxId: string, gone: readonly MessageFacts[]): void {
    for (const facts of gone) this.#facts.set(keyOf(mailboxId, facts.uid), facts);
    for (const key of this.#facts.keys()) {
      if (this.#facts.size <= MAX_REMEMBERED) break;
      this.#facts.delete(key);
    }
  }

  find(mailboxId: string, uids: readonly number[]): MessageFacts[] {
    if (this.#facts.size === 0) return [];
    return uids.flatMap((uid) => this.#facts.get(keyOf(mailboxId, uid)) ?? []);
  }
}

const keyOf = (mailboxId: string, uid: number): string => `${mailboxId} ${uid}`;

import type { MailChange } from '../../delivery/imap-events/types.ts';
import { flagNames } from '../../store/mail/flag-names.ts';
import type { Mailbox, MessageFacts } from '../../store/mail/types.ts';
import type { Session } from './types.ts';

/** Runs the scripts of a mailbox on messages that have come into it (RFC 6785 §2.2). */
export async function messagesArrived(
  session: Session,
  change: Pick<MailChange, 'cause' | 'mailbox' | 'from' | 'uids'>,
): Promise<void> {
  await session.options.events?.run({ ...change, user: session.user.account });
}

/** Gathers the flags that a command changes, for the scripts of the open mailbox (RFC 6785 §2.2.3). */
export class FlagEvents {
  readonly #session: Session;
  readonly #mailbox: Mailbox;
  readonly #changed = new Map<number, readonly string[]>();

  private constructor(session: Session) {
    this.#session = session;
    this.#mailbox = session.selected.mailbox;
  }

  /** Undefined when no script wants to know. */
  static async of(session: Session): Promise<FlagEvents | undefined> {
    const { mailbox } = session.selected;
    const wanted = await session.options.events?.wants({ cause: 'FLAG', mailbox });
    return wanted === true ? new FlagEvents(session) : undefined;
  }

  /** The flags that messages have before the change. */
  before(uids: readonly number[]): ReadonlyMap<number, readonly string[]> {
    const ranges = uids.map((uid) => [uid, uid] as const);
    return new Map([...this.#mailbox.facts(ranges)].map((facts) => [facts.uid, flagNames(facts)]));
  }

  changed(before: ReadonlyMap<number, readonly string[]>, changed: readonly MessageFacts[]): void {
    for (const facts of changed) {
      const [old, now] = [before.get(facts.uid) ?? [], flagNames(facts)];
      const flags = [
        ...now.filter((name) => !old.includes(name)),
        ...old.filter((name) => !now.includes(name)),
      ];
      if (flags.length > 0) this.#changed.set(facts.uid, flags);
    }
  }

  async run(): Promise<void> {
    if (this.#changed.size === 0) return;
    await this.#session.options.events?.run({
      cause: 'FLAG',
      mailbox: this.#mailbox,
      uids: [...this.#changed.keys()],
      changedFlags: this.#changed,
      user: this.#session.user.account,
    });
  }
}

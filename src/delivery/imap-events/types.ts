import type { ImapEvent } from '../../sieve/types.ts';
import type { Mailbox } from '../../store/mail/types.ts';

/** What a client has done to messages, which may run scripts (RFC 6785 §2.2). It is durable already. */
export interface MailChange {
  readonly cause: ImapEvent['cause'];
  /** Where the messages are now. */
  readonly mailbox: Mailbox;
  /** Where they were copied or moved from. */
  readonly from?: Mailbox | undefined;
  readonly uids: readonly number[];
  /** Of `FLAG`: the flags that were set or cleared, by UID. */
  readonly changedFlags?: ReadonlyMap<number, readonly string[]>;
  /** The account that did it. */
  readonly user: string;
}

/** Scripts on events of IMAP. */
export interface ImapEvents {
  /** Where users put their scripts, for the capability (RFC 6785 §2.1); undefined: users have none. */
  readonly url: string | undefined;
  /** Whether there is a script for such a change. Never rejects. */
  wants(change: Pick<MailChange, 'cause' | 'mailbox' | 'from'>): Promise<boolean>;
  /**
   * Runs the scripts, one message after another. What they do to messages runs no scripts. Never rejects: a script that
   * fails has done nothing.
   */
  run(change: MailChange): Promise<void>;
  /** Annotations have changed: which scripts run may be different. */
  forget(): void;
}

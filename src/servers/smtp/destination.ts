import type { ReceivedResults, RecipientOutcome } from '../../delivery/types.ts';
import type { Recipient } from '../../message/envelope.ts';
import type { HeaderEdit } from '../../message/types.ts';
import type { Reply } from '../../policy/reply.ts';
import type { MailCommand, Transaction } from '../../transaction/types.ts';

/** Where accepted mail goes: the next hop, or the mailboxes here. */
export interface Destination {
  /** What became of the message there, for the log. */
  readonly outcome: 'forwarded' | 'delivered';
  /** MAIL FROM was accepted by policy. A way for this transaction, or a refusal. Never rejects. */
  open(mail: MailCommand, transaction: Transaction): Promise<Passage | Reply>;
}

/** A message that passed the filter. */
export interface PassedMessage {
  raw: Uint8Array;
  /** To be applied, our Received field among them. */
  edits: readonly HeaderEdit[];
  spam: boolean;
  score: number;
  /** Score from which it counts as spam; absent: it was not looked at. */
  required?: number | undefined;
  /** What verifying it gave. */
  authentication?: ReceivedResults | undefined;
}

/** The way of one transaction. */
export interface Passage {
  /** A refusal, or undefined: it will be among the recipients. Never rejects. */
  rcpt(recipient: Recipient): Promise<Reply | undefined>;
  /** The client is sending its message, which may take a while. */
  waiting?(): void;
  /** One outcome for each recipient accepted, in order. Never rejects. */
  deliver(message: PassedMessage): Promise<RecipientOutcome[]>;
  /** The transaction is over, however it ended. */
  close(): void;
}

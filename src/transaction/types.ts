import type { Client, Envelope, Recipient } from '../message/envelope.ts';
import type { HeaderEdit } from '../message/types.ts';
import type { Verdict } from '../filter/types.ts';
import type { Reply } from '../policy/reply.ts';
import type { Protocol } from '../policy/types.ts';

export type { Protocol } from '../policy/types.ts';

/**
 * The way of a mail through Tamis, the same for every server: connect → helo → MAIL → RCPT… → DATA → end. At each
 * stage the answer is a {@link Reply} that refuses, or undefined to go on; a server only translates.
 */
export interface Transactions {
  connect(protocol: Protocol, client: Client): Session;
}

/** One connection. May carry many transactions, one at a time. */
export interface Session {
  readonly client: Client;
  /** Policy's answer to the connection itself; ask once, before anything else. */
  opened(): Promise<Reply | undefined>;
  helo(name: string): Promise<Reply | undefined>;
  /** XCLIENT, PROXY, STARTTLS or AUTH told more about the client. */
  update(client: Partial<Client>): void;
  /** MAIL FROM. Either a transaction to go on with, or a refusal. */
  mail(mail: MailCommand): Promise<Transaction | Reply>;
  close(): void;
}

export interface MailCommand {
  /** Without angle brackets; '' for the null sender. */
  sender: string;
  /** SIZE= in octets (RFC 1870). */
  size?: number;
  smtputf8?: boolean;
  body?: '7BIT' | '8BITMIME' | 'BINARYMIME';
  ret?: 'FULL' | 'HDRS';
  envid?: string;
}

export interface Transaction {
  /** In every log line and in the Received field. */
  readonly id: string;
  readonly envelope: Envelope;
  /** Refusal for this recipient, or undefined when it was added to the envelope. */
  rcpt(recipient: Recipient): Promise<Reply | undefined>;
  /** Takes back a recipient that somebody behind us (the next hop, the MTA) refused. */
  forget(recipient: Recipient): void;
  data(): Promise<Reply | undefined>;
  /** The whole message is here: scan it and decide. Never rejects. */
  judge(raw: Uint8Array, about?: MessageFacts): Promise<Judgement>;
  /** What became of it in the end: the last line of its story in the log. Call exactly once after `judge`. */
  finish(
    outcome: 'delivered' | 'forwarded' | 'accepted' | 'quarantined' | 'discarded' | 'rejected' | 'deferred',
    detail?: string,
  ): void;
  /** RSET, a lost connection, or a milter abort. */
  abort(): void;
}

/** What a server knows of a message beside its bytes: for the log. */
export interface MessageFacts {
  /** Id the MTA gave it (macro `i` of a milter). */
  queueId?: string;
}

/** What to do with a message. */
export interface Judgement {
  decision: 'accept' | 'refuse' | 'discard' | 'quarantine';
  /** For `refuse` (4xx or 5xx). */
  reply?: Reply;
  /** For `quarantine`: why, for the admin. */
  reason?: string;
  /** To apply before the message goes on. */
  edits: readonly HeaderEdit[];
  spam: boolean;
  score: number;
  /** Absent when the scan failed (then `decision` follows `filter.fail_action`). */
  verdict?: Verdict;
}

import type { Reply } from '../../policy/reply.ts';
import type { ActionName } from './wire/constants.ts';
import type { Wish } from './wire/negotiation.ts';
import type { Family, Negotiate } from './wire/types.ts';

/**
 * What a handler answers.
 *
 * - `continue` (or nothing): go on; at the end of the message: let it through.
 * - `accept`: no more filtering of this message (at connect and helo: of this connection).
 * - `reject`, `tempfail`: refuse with the MTA's own text, 5xx or 4xx. At `rcpt` this recipient only, at connect and
 *   helo the whole connection, else the message.
 * - `{ reply }`: the same with a text of ours; its code decides which of the two it is.
 * - `discard`: take the message and throw it away. Not at connect and helo, where it becomes `tempfail`.
 * - `skip`: from `body` only: no more of the body is wanted.
 * - `shutdown`, `connection-failure`: the MTA ends the SMTP connection with 421, or drops it.
 */
export type Decision =
  | 'continue'
  | 'accept'
  | 'reject'
  | 'tempfail'
  | 'discard'
  | 'skip'
  | 'shutdown'
  | 'connection-failure'
  | { readonly reply: Reply };

/**
 * A handler may answer at once or later, and may say nothing. (TypeScript 7.0 widens a lone literal in an async
 * function to string here: `return 'accept' as const`.)
 */
export type Answer = Decision | undefined | void | Promise<Decision | undefined | void>;

/** What both sides agreed on. */
export interface Agreed {
  readonly version: number;
  /** Bits of ACTIONS the filter may use. */
  readonly actions: number;
  /** Bits of STEPS in force. */
  readonly steps: number;
}

/** One SMTP connection, as the MTA told it. The same object for all handlers of the connection. */
export interface Connection {
  /** Number of the connection in this process, for logs. */
  readonly id: number;
  readonly agreed: Agreed;
  /** What the MTA calls the client, `''` before `connect`. */
  readonly hostname: string;
  /** `unknown` before `connect`. */
  readonly family: Family;
  /** IP address or socket path; undefined for family `unknown`. */
  readonly address: string | undefined;
  readonly port: number | undefined;
  /** Last HELO or EHLO. */
  readonly helo: string | undefined;
  /** Aborted when the MTA is gone: nobody waits for the answer any more. */
  readonly signal: AbortSignal;
  /** A macro of the MTA, with or without braces; the latest stage that has it wins. */
  macro(name: string): string | undefined;
}

/** MAIL FROM or RCPT TO. */
export interface Path {
  /** Without angle brackets; '' for the null reverse-path. */
  readonly address: string;
  /** As it came. */
  readonly argument: string;
  /** ESMTP parameters as they came, e.g. `SIZE=1000`. */
  readonly parameters: readonly string[];
}

export interface RecipientPath extends Path {
  /** The MTA has refused it already; it is only shown (option `rejectedRecipients`). */
  readonly rejected: boolean;
}

/** One message. The same object from MAIL to its end. */
export interface Message {
  readonly connection: Connection;
  /** Undefined when the MTA was asked not to send MAIL. */
  readonly sender: Path | undefined;
  /** Those neither the MTA nor a handler has refused. */
  readonly recipients: readonly RecipientPath[];
  macro(name: string): string | undefined;
}

/** One header field. */
export interface HeaderLine {
  readonly name: string;
  /** Folds are LF and white space; without the space after the colon. */
  readonly value: string;
  /** The value as the MTA sent it. */
  readonly rawText: string;
  /** Bytes as the MTA sent them; the value begins with its space only when HDR_LEADSPC was agreed on. */
  readonly rawName: Buffer;
  readonly rawValue: Buffer;
}

/** Content of a new body. */
export type BodyContent = string | Uint8Array | AsyncIterable<string | Uint8Array>;

/**
 * The message at its end, the one time it can be changed. Changes are sent in the order they are made; the MTA
 * applies them only when the decision lets the message through.
 *
 * All of them throw a {@link MilterError} when the MTA does not offer the action, when an argument cannot be put on
 * the wire (a line break that is no fold, a NUL), and when the end of the message is over.
 */
export interface EndOfMessage extends Message {
  /** True when the MTA lets the filter do this. */
  can(action: ActionName): boolean;
  /** At the end of the header. */
  addHeader(name: string, value: string): void;
  /** Before the field at this 0-based position. */
  insertHeader(position: number, name: string, value: string): void;
  /** `index` is 1-based among the fields of that name. */
  changeHeader(name: string, index: number, value: string): void;
  removeHeader(name: string, index: number): void;
  /** With ESMTP parameters only where the MTA offers ADDRCPT_PAR. */
  addRecipient(address: string, parameters?: string): void;
  removeRecipient(address: string): void;
  changeSender(address: string, parameters?: string): void;
  /** Resolves when all of it has been handed to the socket. Other changes made meanwhile follow it. */
  replaceBody(content: BodyContent): Promise<void>;
  /** The MTA keeps the message back. A decision must still follow. */
  quarantine(reason: string): void;
  /** Says that work goes on. The server does so by itself every `progressInterval`. */
  progress(): void;
}

/** A change of the message that cannot be made. */
export class MilterError extends Error {
  override readonly name = 'MilterError';
}

/**
 * What a filter is made of: one function per stage, all optional. A handler that throws makes the MTA answer 4xx and
 * is logged.
 */
export interface Handlers {
  /** Replaces the negotiation that follows from the options and the handlers there are. */
  negotiate?(offer: Negotiate, connection: Connection): Wish | Promise<Wish>;
  connect?(connection: Connection): Answer;
  helo?(connection: Connection, name: string): Answer;
  mail?(message: Message, sender: Path): Answer;
  rcpt?(message: Message, recipient: RecipientPath): Answer;
  data?(message: Message): Answer;
  header?(message: Message, line: HeaderLine): Answer;
  endOfHeaders?(message: Message): Answer;
  body?(message: Message, chunk: Buffer): Answer;
  endOfMessage?(message: EndOfMessage): Answer;
  /** A command the MTA does not know. A refusal concerns the command only. */
  unknown?(connection: Connection, command: Buffer): Answer;
  /** The message will not be finished. Not called after a decision that ended it. */
  abort?(message: Message): void | Promise<void>;
  /** The last call of a connection. */
  close?(connection: Connection): void | Promise<void>;
}

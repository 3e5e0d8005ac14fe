import type { Log } from '../../log.ts';
import type { Channel } from '../../policy/sasl/types.ts';
import type { Mailbox, MailboxRef, MailUser, MessageFacts, Right } from '../../store/mail/types.ts';
import type { ImapOptions } from './options.ts';
import type { View } from './view.ts';
import type { Cursor, Piece, ResponseCode, SequenceSet } from './wire/types.ts';

export type State = 'not-authenticated' | 'authenticated' | 'selected';

/** What a client switched on (RFC 5161), or by using it (RFC 7162 §3.1). */
export type Extension = 'CONDSTORE' | 'QRESYNC' | 'IMAP4REV2' | 'UTF8=ACCEPT' | 'UIDONLY';

/** How a command ends. */
export interface Result {
  readonly status: 'OK' | 'NO' | 'BAD';
  readonly code?: ResponseCode;
  readonly text: string;
}

/** One command, in a file of its own; `commands/index.ts` is their table. */
export interface Command {
  /** `FETCH`, `UID FETCH`. */
  readonly name: string;
  readonly states: readonly State[];
  /**
   * Whether the client may be told of expunged messages when it ends. Not in FETCH, STORE and SEARCH by sequence numbers
   * (RFC 9051 §7.5.1); their UID forms may.
   */
  readonly expunges: boolean;
  /** False for what is not about messages: what has happened in the open mailbox waits for a command that is. */
  readonly tells?: false;
  /**
   * Reads the arguments to the end first: what is wrong with them throws `BadArgument`. A `StoreError` becomes a NO with the
   * code that fits; `Refusal` is a NO or BAD of one's own.
   */
  run(session: SessionControl, args: Cursor, tag: string): Promise<Result>;
}

/** The mailbox a client has open, as it has been told it is. */
export interface Selected {
  readonly ref: MailboxRef;
  readonly mailbox: Mailbox;
  /** EXAMINE, or no right to change anything. */
  readonly readOnly: boolean;
  /** UIDs of the messages the client knows of, ascending: the first is number 1. */
  readonly uids: UidList;
  /** The client knows everything up to here. */
  readonly modseq: number;
  /** Number of messages that are \Recent here. */
  readonly recent: number;
  /** Whether this session is the one that was first told of a message (RFC 3501 §2.3.2). */
  isRecent(this: void, uid: number): boolean;
  /** UIDs of the last SEARCH RETURN (SAVE). */
  saved: readonly number[];
  /** Whether the client knows of the last change of a message's flags, which had this modification sequence. */
  hasHeard(uid: number, modseq: number): boolean;
}

export interface UidList {
  readonly length: number;
  /** The last UID; 0 for none. */
  readonly last: number;
  /** UID of message number `sequence` (from 1). */
  at(sequence: number): number | undefined;
  /** Number of the message; 0 when the client does not know of it. */
  sequence(uid: number): number;
  /** The numbers of all UIDs from `first` to `last`: `[lowest, highest]`, undefined for none. */
  between(first: number, last: number): readonly [number, number] | undefined;
  /** A copy, ascending: quicker than to iterate. */
  toArray(): Uint32Array;
  [Symbol.iterator](): Iterator<number>;
}

/** UIDs that the session is telling the client of. */
export interface ViewChange {
  readonly added: readonly number[];
  /** With other flags than before. */
  readonly changed: readonly number[];
  readonly removed: readonly number[];
}

/** Follows what the client is told of the open mailbox: live results of searches (RFC 5267 §4.3). */
export interface ViewListener {
  /** Before EXPUNGE, EXISTS and FETCH go out: sequence numbers are still the old ones. */
  before(change: ViewChange): void;
  /** After them, and before the tagged response if a command is running. */
  after(change: ViewChange): Promise<void>;
}

/** One client's session: what commands may use. */
export interface Session {
  readonly options: ImapOptions;
  readonly log: Log;
  readonly state: State;
  readonly enabled: ReadonlySet<Extension>;
  /** Throws when nobody is logged in: commands of later states never see that. */
  readonly user: MailUser;
  /** Throws when no mailbox is open. */
  readonly selected: Selected;
  enable(extension: Extension): void;
  /** An untagged response: `* ` and the line ending are added. Text is escaped by the caller. */
  send(...pieces: readonly Piece[]): void;
  /** Lets the client read before more is made: await it in long loops. Throws when the client is gone. */
  flush(): Promise<void>;
  /** Sends what waits, however little it is: a sign of life in a long command (RFC 9585). */
  sendNow?(): Promise<void>;
  /** The mailbox of a name with the rights asked for; a `Refusal` otherwise, which says no more than the user may know. */
  mailbox(name: string, ...rights: readonly Right[]): Promise<MailboxRef>;
  /** Refuses unless the open mailbox is writable and the user has these rights there. */
  require(...rights: readonly Right[]): void;
  /**
   * UIDs that a set means in the open mailbox, ascending. Sequence numbers beyond the last are a BAD; UIDs that are not
   * there are left out.
   */
  resolve(set: SequenceSet, by: 'uid' | 'sequence'): readonly number[];
  /**
   * Tells of flag changes that this session made at most once: the client knows these (STORE .SILENT). `whole`: nothing else was
   * changed with them.
   */
  silence(changed: readonly { readonly uid: number; readonly modseq: number }[], whole: boolean): void;
  /** Until the open mailbox is closed, or the function returned is called. */
  listen?(listener: ViewListener): () => void;
  /** The number a response about a message begins with: its UID under UIDONLY (RFC 9586), else its sequence number. */
  label(uid: number): number;
}

/** What the connection does when the tagged response has gone out. */
export type Afterwards = 'close' | 'starttls' | 'compress';

/** The connection of a session. Its methods throw `ClientGone` when there is none any more. */
export interface Link {
  /** Whether TLS could be begun. */
  readonly startTls: boolean;
  readonly compressed: boolean;
  /** Resolves when the client has taken enough of it for more to be made. */
  write(octets: Buffer): Promise<void>;
  /**
   * The client's next line, outside a command: the answer to a challenge, DONE. With `wakeable` also `undefined` when
   * {@link wake} was called.
   */
  line(wakeable?: boolean): Promise<string | undefined>;
  wake(): void;
}

/** What the commands about the session itself use besides. */
export interface SessionControl extends Session {
  readonly link: Link;
  /** Pieces of an untagged response as they are, for one that is too long for {@link send}: the caller begins and ends it. */
  write(...pieces: readonly Piece[]): void;
  /** Tells of keywords that are new in the open mailbox, before a response uses them (RFC 9051 §7.3.5). */
  announceKeywords(used: readonly MessageFacts[]): void;
  readonly channel: Channel;
  /** The account that has logged in, with `user`. Refuses when it has too many sessions. */
  login(account: string): Promise<void>;
  /** Back to where nobody has logged in (RFC 8437 §2). */
  unauthenticate(): void;
  /** A login that failed; true when it was the last that this connection may try. */
  loginFailed(): boolean;
  /** Opens a mailbox, without a word to the client; what was open is closed. */
  open(ref: MailboxRef, readOnly: boolean): Promise<View>;
  /** Closes what is open, without removing anything. */
  close(): void;
  /** Whether a mailbox is open. */
  readonly isOpen: boolean;
  /**
   * Looks whether this user may still read the open mailbox, when it is another's, and what else he may do to it (RFC 4314 §4).
   * Rejects with `not-found` when he may not.
   */
  checkRights(): Promise<void>;
  /** Tells what has happened in the open mailbox, and what NOTIFY has asked for. */
  tell(options: { readonly expunges: boolean; readonly look?: boolean }): Promise<void>;
  /** Sends a line that is no untagged response: a continuation. */
  sendRaw(line: string): void;
  afterwards: Afterwards | undefined;
  readonly notify: NotifyControl;
}

/** What the client wants to hear of while it gives no command. */
export interface NotifyControl {
  /** Whether NOTIFY is on (RFC 5465 §3). */
  readonly active: boolean;
  /** With `status` also how the mailboxes stand now (RFC 5465 §3.1). */
  set(groups: readonly EventGroup[], status: boolean): Promise<void>;
  clear(): void;
  /** IDLE has begun; the function returned ends it. */
  idle(): () => void;
  /** Tells what has happened since the last time. */
  tell(): Promise<void>;
}

export interface EventGroup {
  readonly filter:
    | 'selected'
    | 'selected-delayed'
    | 'inboxes'
    | 'personal'
    | 'subscribed'
    | 'subtree'
    | 'mailboxes';
  /** For `subtree` and `mailboxes`. */
  readonly names: readonly string[];
  readonly events: ReadonlySet<NotifyEvent>;
  /** Sends what the client wants to know of new messages, of the open mailbox. */
  readonly fetch?: (session: SessionControl, uids: readonly number[]) => Promise<void>;
}

export type NotifyEvent =
  | 'MESSAGENEW'
  | 'MESSAGEEXPUNGE'
  | 'FLAGCHANGE'
  | 'MAILBOXNAME'
  | 'SUBSCRIPTIONCHANGE'
  | 'MAILBOXMETADATACHANGE'
  | 'SERVERMETADATACHANGE';

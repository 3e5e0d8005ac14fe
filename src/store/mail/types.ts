import type { Lesson } from '../index/lessons.ts';
import type { Store } from '../types.ts';
import type { MessageContent } from './content-types.ts';

/**
 * Mail as IMAP and POP3 see it: mailboxes with UIDs, flags and a history, over the Maildirs that delivery writes to.
 * What is asked of the index is answered at once (it is a file of this machine); what reads or writes bodies, or waits for
 * a transaction, is a promise. Errors are `StoreError`.
 */
export interface MailStore extends Store {
  /** What one user sees: his own mailboxes, those that others share with him, and the public ones. */
  user(account: string, options?: { readonly administrator?: boolean }): Promise<MailUser>;
  /** All of an account's mailboxes, nobody's rights looked at: for delivery, POP3 and the tools of the admin. */
  account(account: string): Promise<MailAccount>;
}

/** RFC 4314 §2.1. */
export type Right = 'l' | 'r' | 's' | 'w' | 'i' | 'p' | 'k' | 'x' | 't' | 'e' | 'a';

/** One account's mailboxes, by their names within the account (Unicode, `/` between levels, `INBOX`). */
export interface MailAccount {
  readonly account: string;
  /** In the order of their names, INBOX first; folders that others made are noticed. */
  mailboxes(): Promise<readonly Mailbox[]>;
  mailbox(name: string): Promise<Mailbox | undefined>;
  /** Makes it with its parents. `exists` when it is there. */
  create(name: string, options?: { readonly specialUse?: readonly string[] }): Promise<Mailbox>;
  /** Its mail goes with it. INBOX cannot go, and what has children leaves a `\NoSelect` level (RFC 9051 §6.3.5). */
  delete(name: string): Promise<void>;
  /** With all below it. INBOX: its messages move, it stays (RFC 9051 §6.3.6). */
  rename(from: string, to: string): Promise<void>;
  /** Somebody has given a mailbox another special use: this process and others look at what is written beside them. */
  usesChanged(): Promise<void>;
  subscriptions(): readonly string[];
  /** Messages and their octets in all mailboxes, or in one with all below it. */
  usage(below?: string): { readonly messages: number; readonly size: number };
  /** True when that changed something. */
  subscribe(name: string, subscribed: boolean): Promise<boolean>;
  watch(listener: (event: MailEvent) => void): () => void;
}

/** Something has changed. It says where, not what: ask {@link Mailbox.changes}. */
export interface MailEvent {
  readonly kind: 'messages' | 'mailboxes' | 'subscriptions' | 'metadata' | 'acl' | 'quota';
  readonly account: string;
  /** Name within the account; undefined when it is about the account. */
  readonly mailbox?: string;
  /** Of `metadata`: names of the annotations, and the account that changed them (RFC 5465 §5.6, §5.7). */
  readonly entries?: readonly string[];
  readonly by?: string;
}

/** System flags as bits (RFC 9051 §2.3.2). */
export const SystemFlag = { seen: 1, answered: 2, flagged: 4, deleted: 8, draft: 16 } as const;

export interface Flags {
  /** Sum of {@link SystemFlag}. */
  readonly system: number;
  /** Keywords without doubles, as first written in the mailbox; compared without case. */
  readonly keywords: readonly string[];
}

/** What the index knows of a message without looking at its content. */
export interface MessageFacts {
  readonly uid: number;
  /** Sum of {@link SystemFlag}. */
  readonly system: number;
  /** Keywords with a space between them, '' for none. */
  readonly keywords: string;
  readonly modseq: number;
  /** Milliseconds since the epoch, whole seconds. */
  readonly internalDate: number;
  /** When it came into this mailbox (RFC 8514); milliseconds. */
  readonly saveDate: number;
  /** Octets as IMAP sends it; see {@link Mailbox.describe}. */
  readonly size: number;
  /** RFC 8474 §5: of its bytes, so the same in every mailbox, and after the index was rebuilt. */
  readonly emailId: string;
  readonly threadId: string;
}

/** The file of a message. */
export interface MessagePlace {
  readonly uid: number;
  readonly path: string;
  /** Octets; see {@link Mailbox.describe}. */
  readonly size: number;
  /** The file has bare line feeds, which are sent as CRLF; known when `emailId` is not ''. */
  readonly lf: boolean;
  readonly emailId: string;
}

/** Ascending, not overlapping, both ends included. */
export type UidRange = readonly [first: number, last: number];

export interface MailboxStatus {
  readonly messages: number;
  readonly uidNext: number;
  readonly uidValidity: number;
  readonly unseen: number;
  readonly deleted: number;
  /** Sum of the sizes. */
  readonly size: number;
  readonly highestModseq: number;
  /** UID of the first message without \Seen; undefined for none. */
  readonly firstUnseen: number | undefined;
  /** Messages nobody was told of as recent yet (RFC 3501 §2.3.2). */
  readonly recent: number;
  /** Keywords used in the mailbox. */
  readonly keywords: readonly string[];
}

/** One mailbox. The object stays valid when the mailbox is renamed; after its end, every call is an error `not-found`. */
export interface Mailbox {
  readonly account: string;
  /** Within the account. */
  readonly name: string;
  /** RFC 8474 §4. */
  readonly mailboxId: string;
  readonly uidValidity: number;
  readonly specialUse: readonly string[];
  /** A level that holds no mail, only other mailboxes. */
  readonly selectable: boolean;
  /** Nothing can be changed: the disk is read-only. */
  readonly readOnly?: boolean;
  status(): MailboxStatus;
  /**
   * Looks whether other programs delivered, moved or removed mail in the folder, and takes it into the index. Cheap when
   * nothing has happened.
   */
  sync(): Promise<void>;
  /** All UIDs, ascending. */
  uids(): Uint32Array;
  /** In the order of the UIDs; those that are not there are left out. Read in steps: no long transaction is held. */
  facts(uids: readonly UidRange[]): Iterable<MessageFacts>;
  /**
   * Reads the files of those messages that nobody has read yet: of a large mailbox that was taken over from another program, the
   * background does it. Until then their size is a guess, and EMAILID and THREADID are ''; they stay so when a file cannot be
   * read. Whoever tells of those waits for this.
   */
  describe(uids: readonly UidRange[]): Promise<void>;
  /**
   * Facts of messages that were expunged a moment ago, as they were then: for sessions that have not been told yet. Only what
   * this process has expunged, and not for long.
   */
  departed?(uids: readonly number[]): readonly MessageFacts[];
  /**
   * What has happened after `since`: facts of messages new or changed, and UIDs that are gone (RFC 7162 §3.2.5). `complete`
   * is false when `since` is older than what is remembered of the expunged: then `vanished` has every UID that is not there.
   */
  changes(since: number): MailboxChanges;
  /** Envelope and structure; made and kept when they are first asked for. Undefined when the message is gone. */
  content(uid: number): Promise<MessageContent | undefined>;
  /** Octets as IMAP sends them (CRLF), or the part of them in `[start, end)`; undefined when the message is gone. */
  bytes(uid: number, range?: { readonly start: number; readonly end: number }): Promise<Buffer | undefined>;
  /** Octets of a message with this EMAILID where they are in memory already. */
  held?(emailId: string): Buffer | undefined;
  /**
   * Where the octets of messages are, for threads that read them themselves; a file may be elsewhere a moment later. Absent where
   * there are no files.
   */
  places?(uids: readonly UidRange[]): readonly MessagePlace[];
  /** All or none (RFC 3502). Durable when it resolves. `full` over quota. */
  append(messages: readonly NewMessage[], options?: AppendOptions): Promise<Appended>;
  /** Durable when it resolves. */
  store(uids: readonly number[], change: FlagChange): Promise<Stored>;
  /** Removes those of `uids` that have \Deleted; with one number, all up to that UID; undefined: all. */
  expunge(uids?: readonly number[] | number): Promise<readonly number[]>;
  /** To a mailbox of any account. With `move` each is in one of both at every moment (RFC 6851). All or none. */
  copy(
    uids: readonly number[],
    target: Mailbox,
    options?: Teaching & { readonly move?: boolean },
  ): Promise<Copied>;
  /**
   * The first UID that nobody was told of yet (RFC 3501 §2.3.2). Those up to `told` are then recent for the session that
   * asks, and for no other.
   */
  recentFrom(told?: number): number;
  watch(listener: (event: MailEvent) => void): () => void;
  /**
   * Resolves when all that was read so far would survive a loss of power; undefined when it would. For who tells a client of
   * what another has changed a moment ago.
   */
  durable?(): Promise<void> | undefined;
}

export interface MailboxChanges {
  /** Highest modseq these changes lead to. */
  readonly modseq: number;
  readonly changed: readonly MessageFacts[];
  /** Ascending; at most a million, the newest. */
  readonly vanished: readonly number[];
  /** The same as ranges, without that limit. */
  readonly vanishedRanges?: readonly UidRange[];
  readonly complete: boolean;
}

export interface NewMessage {
  readonly pieces: readonly Uint8Array[];
  readonly flags?: Flags;
  /** Milliseconds; now when absent. */
  readonly internalDate?: number;
}

export interface Appended {
  readonly uidValidity: number;
  /** In the order of the messages. */
  readonly uids: readonly number[];
}

/** Something is to be learned of the messages that come in or are changed; it is noted in the same transaction. */
export interface Teaching {
  readonly lesson?: Lesson | undefined;
}

export interface AppendOptions extends Teaching {
  /**
   * What goes when the new messages come (RFC 8508), whatever its flags: `not-found` when it has gone before. One transaction
   * within an account, so that everybody finds one of both. Between two accounts the new ones come first: after an error they
   * are taken back, and when the process dies in between, both are there.
   */
  readonly replacing?: { readonly mailbox: Mailbox; readonly uid: number } | undefined;
}

export interface FlagChange extends Teaching {
  readonly mode: 'add' | 'remove' | 'replace';
  readonly flags: Flags;
  /** Messages changed after this modseq are left as they are (RFC 7162 §3.1.3). */
  readonly unchangedSince?: number;
  /** Flags that stay as they are whatever is asked, for want of a right. */
  readonly keep?: Flags;
}

export interface Stored {
  /** Those that are different now. */
  readonly changed: readonly MessageFacts[];
  /** Modification sequences that those of `changed` had before, in their order. */
  readonly previous: readonly number[];
  /** Those that were left as they are because of `unchangedSince`. */
  readonly modified: readonly number[];
}

export interface Copied {
  readonly uidValidity: number;
  /** Source and target, in the order of the sources; those that had gone are left out. */
  readonly pairs: readonly (readonly [source: number, target: number])[];
}

/** A mailbox under the name by which a user knows it, with what he may do there. */
export interface MailboxRef {
  readonly name: string;
  readonly mailbox: Mailbox;
  readonly rights: ReadonlySet<Right>;
}

export interface Namespace {
  /** `''`, `Other Users/`, `Public/`. */
  readonly prefix: string;
  readonly delimiter: '/';
}

export interface MailboxEntry {
  readonly name: string;
  /** Undefined for a level that only holds others. */
  readonly ref: MailboxRef | undefined;
  readonly specialUse: readonly string[];
  readonly hasChildren: boolean;
  readonly subscribed: boolean;
}

/** What a user sees and may do. Names are Unicode with `/` between levels, with the prefix of their namespace. */
export interface MailUser {
  readonly account: string;
  readonly administrator: boolean;
  readonly namespaces: {
    readonly personal: readonly Namespace[];
    readonly others: readonly Namespace[];
    readonly shared: readonly Namespace[];
  };
  /** Undefined when it is not there, or nothing that this user may know of (RFC 4314 §6). */
  mailbox(name: string): Promise<MailboxRef | undefined>;
  /** Every mailbox he may know of, and what he has subscribed to without its being there (`ref` undefined), by name. */
  /** With a prefix, names that do not begin with it may be left out: it spares looking at others' accounts. */
  list(options?: { readonly prefix?: string }): Promise<readonly MailboxEntry[]>;
  /** The name by which this user knows a mailbox that an event is about. */
  nameOf?(account: string, mailbox: string): string;
  create(name: string, options?: { readonly specialUse?: readonly string[] }): Promise<MailboxRef>;
  delete(name: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  subscribe(name: string, subscribed: boolean): Promise<void>;
  /** The rights under which it is used: `MailUser` does not check those for messages, its callers do. */
  readonly acl: AclAccess;
  readonly quota: QuotaAccess;
  readonly metadata: MetadataAccess;
  /** Of all accounts that hold mailboxes he sees. */
  watch(listener: (event: MailEvent) => void): () => void;
}

/** RFC 4314. Rights as a text in the order `lrswipkxtea`. */
export interface AclAccess {
  get(name: string): Promise<readonly { readonly identifier: string; readonly rights: string }[]>;
  set(name: string, identifier: string, mode: 'replace' | 'add' | 'remove', rights: string): Promise<void>;
  delete(name: string, identifier: string): Promise<void>;
  /** RFC 4314 §3.7: rights the identifier always has, then groups of those that may be granted together. */
  listRights(
    name: string,
    identifier: string,
  ): Promise<{ readonly required: string; readonly optional: readonly string[] }>;
  myRights(name: string): Promise<string>;
}

/** RFC 9208. */
export type QuotaResource = 'STORAGE' | 'MESSAGE' | 'MAILBOX' | 'ANNOTATION-STORAGE';

export interface QuotaRoot {
  readonly name: string;
  /** STORAGE in units of 1024 octets. Only those with a limit. */
  readonly resources: readonly {
    readonly resource: QuotaResource;
    readonly usage: number;
    readonly limit: number;
  }[];
}

export interface QuotaAccess {
  roots(mailbox: string): Promise<readonly QuotaRoot[]>;
  get(root: string): Promise<QuotaRoot>;
  /** Administrators only. */
  set(
    root: string,
    limits: readonly { readonly resource: QuotaResource; readonly limit: number }[],
  ): Promise<QuotaRoot>;
}

/** RFC 5464. `mailbox` '' is the server. Values are bytes; null: no value. */
export interface MetadataAccess {
  get(
    mailbox: string,
    entries: readonly string[],
    options?: { readonly depth?: 0 | 1 | 'infinity' },
  ): Promise<readonly { readonly entry: string; readonly value: Uint8Array | null }[]>;
  set(
    mailbox: string,
    values: readonly { readonly entry: string; readonly value: Uint8Array | null }[],
  ): Promise<void>;
}

/** Where mail is kept. An account is named by its address, lower-cased. */
export interface Store {
  /** The account's mail, created when it is first opened. */
  open(account: string): Promise<AccountStore>;
  close(): Promise<void>;
}

export interface Delivered {
  /** Mailbox it lies in, as a name with `/` between levels. */
  mailbox: string;
  /** Path of the file, for the log. */
  path: string;
}

/**
 * One account's mailboxes. Names are Unicode with `/` between levels; `INBOX` (any case) is the inbox. Errors are
 * {@link StoreError}.
 */
export interface AccountStore {
  readonly account: string;
  /** Durable when it resolves: file and folder are fsynced. The pieces are written one after another. */
  deliver(mailbox: string, pieces: readonly Uint8Array[], options?: DeliverOptions): Promise<Delivered>;
  /**
   * The first half of {@link deliver}: the message is durable on the disk, but in no mailbox yet. Whoever has several
   * things to do for one mail stages them all, and then commits them all.
   */
  stage(mailbox: string, pieces: readonly Uint8Array[], options?: DeliverOptions): Promise<StagedMessage>;
  /**
   * Moves a message by its name to another mailbox, where it is like a new one; durable when it resolves. Undefined when it
   * is not in `from` any more. A mailbox `to` that is not there is made, or an error `not-found`.
   */
  move(name: string, from: string, to: string, options?: MoveOptions): Promise<Delivered | undefined>;
  exists(mailbox: string): Promise<boolean>;
  /** Makes it, with its parents, when it is not there; then it gets the special-use attribute, too. */
  create(mailbox: string, options?: { specialUse?: string }): Promise<void>;
  mailboxes(): Promise<string[]>;
  /** The mailbox with this MAILBOXID (RFC 8474 §4.1). */
  mailboxById(id: string): Promise<string | undefined>;
  /** The first mailbox with this attribute (RFC 6154 §2), any case; `\\Junk` and its like. */
  specialUse(attribute: string): Promise<string | undefined>;
  /** `given`: the attributes that it was given, for who has just looked. */
  hasSpecialUse(mailbox: string, attribute: string, given?: readonly string[]): Promise<boolean>;
  /** The value of an annotation (RFC 5464 §3) of a mailbox, or of the account when the mailbox is undefined. */
  annotation(mailbox: string | undefined, name: string): Promise<string | undefined>;
}

/** Something that is prepared and durable, but not visible to anybody. Exactly one of the two must be called first. */
export interface Staged<T> {
  /** Makes it visible; durable when it resolves. When it rejects, nothing is left behind. */
  commit(): Promise<T>;
  /**
   * Before `commit`: removes what was prepared. After it: takes it back as far as nobody has picked it up yet, and says
   * whether it could (true: it is gone). Never rejects.
   */
  abort(): Promise<boolean>;
}

/** A message that is on the disk, but in no mailbox yet. */
export interface StagedMessage extends Staged<Delivered> {
  /** By it the message is known as long as it is in the account, whatever flags it gets. */
  readonly name: string;
  readonly mailbox: string;
}

export interface MoveOptions {
  /** System flags that it has afterwards, or has no more. */
  addFlags?: readonly string[];
  removeFlags?: readonly string[];
  create?: boolean;
}

export interface DeliverOptions {
  /** System flags (`\\Seen`, `\\Flagged`, …). */
  flags?: readonly string[];
  /** Creates the mailbox when it is not there; otherwise a missing one is an error `not-found`. */
  create?: boolean;
  /** Attribute that the mailbox gets when it is created. */
  specialUse?: string;
}

/**
 * `full`: no space, too many mailboxes. `over-quota`, `not-found`, `exists`, `invalid-name`, `denied`: as they say (what a
 * user may not know of is `not-found`). `in-use`: it cannot be done to this mailbox (INBOX, one with children). `limit`: too
 * much was asked at once. `link`: a symbolic link stands in the place of a folder. `read-only`: the disk is. `io`: the disk failed,
 * or the index is damaged.
 */
export type StoreReason =
  | 'full'
  | 'over-quota'
  | 'not-found'
  | 'exists'
  | 'invalid-name'
  | 'denied'
  | 'in-use'
  | 'limit'
  | 'link'
  | 'read-only'
  | 'io';

export class StoreError extends Error {
  readonly reason: StoreReason;
  constructor(reason: StoreReason, message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

/** What clients are told when the disk is mounted for reading: without paths. */
export const readOnlyError = (what: string, cause: unknown): StoreError =>
  new StoreError('read-only', `${what}: the disk is read-only`, { cause });

/** What clients are told: without paths. */
export const linkError = (name: string): StoreError =>
  new StoreError('link', `there is a symbolic link in the place of ${name}: such are not followed`);

/** The Sieve scripts of the accounts. */
export interface Scripts {
  /**
   * The script that files this account's mail, or undefined when it has none. While the file stays as it is the same
   * object is returned, so that a caller may keep what it compiled by it. Throws {@link ScriptError} only.
   */
  activeScript(account: string): Promise<ActiveScript | undefined>;
}

export interface ActiveScript {
  /** Name without `.sieve`, for messages. */
  readonly name: string;
  readonly source: string;
}

/** There is a script, but it cannot be read. `temporary`: trying again may help (out of file handles, disk fault). */
export class ScriptError extends Error {
  readonly temporary: boolean;
  constructor(message: string, temporary: boolean, options?: ErrorOptions) {
    super(message, options);
    this.temporary = temporary;
  }
}

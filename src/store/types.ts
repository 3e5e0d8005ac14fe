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
  exists(mailbox: string): Promise<boolean>;
  create(mailbox: string): Promise<void>;
  mailboxes(): Promise<string[]>;
}

export interface DeliverOptions {
  /** System flags (`\\Seen`, `\\Flagged`, …). */
  flags?: readonly string[];
  /** Creates the mailbox when it is not there; otherwise a missing one is an error `not-found`. */
  create?: boolean;
}

/** `full`: no space or over quota. `not-found`, `invalid-name`: as they say. `io`: the disk failed. */
export class StoreError extends Error {
  readonly reason: 'full' | 'not-found' | 'invalid-name' | 'io';
  constructor(reason: 'full' | 'not-found' | 'invalid-name' | 'io', message: string, options?: ErrorOptions) {
    super(message, options);
    this.reason = reason;
  }
}

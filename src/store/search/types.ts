import type { Mailbox } from '../mail/types.ts';

/**
 * What the search index can say of a message. Texts are in the form of `foldUnicode`, and mean: is a part of
 * (RFC 9051 §6.4.4).
 */
export type SearchTerm =
  | { readonly kind: 'text'; readonly where: 'header' | 'body' | 'all'; readonly text: string }
  /** `name` folded as the text is. An empty text: there is such a field. */
  | { readonly kind: 'field'; readonly name: string; readonly text: string }
  /** The day of the Date field, as its writer saw it, from `from` on and before `to`: days since 1970-01-01, 0 without one. */
  | { readonly kind: 'sent'; readonly from: number; readonly to: number };

export interface TermAnswer {
  /** Messages with UIDs up to here are in the index. */
  readonly upTo: number;
  /** For each term the UIDs of the messages for which it is true, ascending. */
  readonly matches: readonly Uint32Array[];
  /** Of those UIDs up to `upTo`, the ones with more text than the index took: only true is an answer for them. */
  readonly unsure: Uint32Array;
}

export interface FindOptions {
  /** Only these messages are looked at (ascending UIDs). */
  readonly within?: Uint32Array;
  /** "Don't know" when the texts of more messages would have to be looked at: the caller then asks about fewer. */
  readonly atMost?: number;
}

/** What messages are sorted and threaded by (RFC 5256 §3, RFC 5957 §3). Texts are folded. */
export interface SortKeys {
  /** Milliseconds; null without a usable Date field. */
  readonly sent: number | null;
  /** Day of the Date field where it was written, days since 1970-01-01. */
  readonly sentDay: number | null;
  /** Base subject (RFC 5256 §2.1). */
  readonly subject: string;
  /** Whether taking the base subject out removed a mark of an answer or a forward (RFC 5256 §2.1). */
  readonly reply: boolean;
  readonly from: string;
  readonly to: string;
  readonly cc: string;
  readonly displayFrom: string;
  readonly displayTo: string;
  readonly messageId: string | null;
  readonly references: readonly string[];
}

/** Sort keys of some messages: a list for each field asked for, in the order of `uids`. */
export interface KeysPage {
  readonly upTo: number;
  readonly uids: Uint32Array;
  readonly columns: readonly (readonly unknown[])[];
}

/** The search index of one mailbox. Undefined is "don't know": the caller looks for himself. */
export interface MailboxSearch {
  find(terms: readonly SearchTerm[], options?: FindOptions): Promise<TermAnswer | undefined>;
  /**
   * Which terms are true of messages (ascending UIDs), from their files, off the main thread. Those that are not in the answer are
   * gone, too large, or to be read in another way.
   */
  scan(
    uids: readonly number[],
    terms: readonly SearchTerm[],
  ): Promise<ReadonlyMap<number, readonly boolean[]>>;
  /** Sort keys of all messages in the index by UID, only with the fields asked for. */
  keys<F extends keyof SortKeys>(
    fields: readonly F[],
  ): Promise<{ readonly upTo: number; readonly keys: ReadonlyMap<number, Pick<SortKeys, F>> } | undefined>;
}

export interface SearchIndexes {
  of(mailbox: Mailbox): MailboxSearch;
  /** Which terms are true of a message, read off the main thread. */
  scan(raw: Uint8Array, terms: readonly SearchTerm[]): Promise<readonly boolean[]>;
  /**
   * Mail may have come into the mailbox of that name, or gone: the index follows in the background. Without a name:
   * mailboxes of the account have come or gone.
   */
  notice(account: string, mailbox?: string): void;
  close(): Promise<void>;
}

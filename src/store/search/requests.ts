import type { MessagePlace } from '../mail/types.ts';
import type { MailboxKey } from './database.ts';
import type { FindOptions, KeysPage, SearchTerm, SortKeys, TermAnswer } from './types.ts';
import type { NewEntry } from './writing.ts';

/** What a search thread is asked, and what it answers: plain data, by kind. */
export interface Requests {
  find: {
    ask: {
      readonly mailbox: MailboxKey;
      readonly terms: readonly SearchTerm[];
      readonly options: FindOptions;
    };
    answer: TermAnswer | undefined;
  };
  keys: {
    ask: {
      readonly mailbox: MailboxKey;
      readonly fields: readonly (keyof SortKeys)[];
      readonly after: number;
    };
    answer: KeysPage | undefined;
  };
  scan: {
    ask: { readonly raw: Uint8Array; readonly terms: readonly SearchTerm[] };
    answer: readonly boolean[];
  };
  /** The same of files, by the thread itself; undefined for one that is not there. */
  scanFiles: {
    ask: { readonly places: readonly MessagePlace[]; readonly terms: readonly SearchTerm[] };
    answer: readonly (readonly boolean[] | undefined)[];
  };
  state: { ask: { readonly mailbox: MailboxKey }; answer: { readonly upTo: number; readonly count: number } };
  known: { ask: { readonly emailIds: readonly string[] }; answer: readonly boolean[] };
  /** UIDs of entries whose files are not there: nothing was taken in when there are some. */
  add: {
    ask: {
      readonly mailbox: MailboxKey;
      readonly entries: readonly NewEntry[];
      readonly upTo: number;
      readonly maxCharacters: number;
    };
    answer: readonly number[];
  };
  keep: {
    ask: { readonly mailbox: MailboxKey; readonly uids: Uint32Array; readonly uidNext: number };
    answer: number;
  };
  keepMailboxes: { ask: { readonly mailboxes: readonly MailboxKey[] }; answer: undefined };
  sweep: { ask: { readonly documents: number }; answer: boolean };
}

export type Kind = keyof Requests;

/** `file` is the account's `search.sqlite`; `scan` needs none. */
export interface Asked {
  readonly id: number;
  readonly kind: Kind;
  readonly file: string;
  readonly ask: Requests[Kind]['ask'];
}

export type Answered =
  | { readonly id: number; readonly answer: Requests[Kind]['answer'] }
  | { readonly id: number; readonly error: string; readonly damaged: boolean };

import { availableParallelism } from 'node:os';
import type { Log } from '../../log.ts';
import { rangesOf } from '../index/ranges.ts';
import type { Mailbox, MailAccount, MessagePlace } from '../mail/types.ts';
import { Filler } from './filler.ts';
import { SearchThread } from './search-thread.ts';
import type { SearchFailure } from './search-thread.ts';
import type { SearchSettings } from './settings.ts';
import type { FindOptions, KeysPage, MailboxSearch, SearchIndexes, SearchTerm, SortKeys } from './types.ts';

/** Threads at most that look through files for a search. */
const MAX_SCANNERS = 4;
const BATCH_FILES = 64;
const BATCH_BYTES = 1_048_576;

export interface SearchOptions {
  readonly settings: SearchSettings;
  /** Where the index of an account is: a file that may be removed at any time. */
  file(account: string): string;
  /** What the index has of mailboxes that are not there is removed. */
  account(account: string): Promise<MailAccount>;
  readonly log: Log;
}

/** Full-text indexes of the accounts, each a file beside its mail, filled and asked in threads of their own. */
export function createSearchIndexes(options: SearchOptions): SearchIndexes {
  const { settings, log } = options;
  const reader = new SearchThread(settings.idle, 'at once');
  const writer = new SearchThread(settings.idle, 'background');
  const scanners = Array.from(
    { length: Math.min(MAX_SCANNERS, availableParallelism()) },
    () => new SearchThread(settings.idle, 'scan'),
  );
  const filler = new Filler(options, writer);
  const limit = settings.messageTime * 1000;

  /** Without an answer the caller does without: a search may take longer, it never fails for that. */
  const unknown = (error: SearchFailure): undefined => {
    log.warn({ error: error.message }, 'the search index did not answer');
    return undefined;
  };

  return {
    of: (mailbox) => mailboxSearch(mailbox),
    scan: (raw, terms) =>
      reader.ask('scan', '', { raw, terms }, limit).catch((error: SearchFailure) => {
        log.warn({ error: error.message }, 'a message could not be searched by its thread');
        throw error;
      }),
    notice: (account, mailbox) => filler.notice(account, mailbox),
    async close() {
      await filler.close();
      await Promise.all([reader, writer, ...scanners].map((thread) => thread.close()));
    },
  };

  async function scanFiles(
    mailbox: Mailbox,
    uids: readonly number[],
    terms: readonly SearchTerm[],
  ): Promise<ReadonlyMap<number, readonly boolean[]>> {
    const found = new Map<number, readonly boolean[]>();
    const wanted = new Set(uids);
    const places = (mailbox.places?.(rangesOf(uids)) ?? []).filter(
      ({ uid, size }) => wanted.has(uid) && size <= settings.maxMessageBytes,
    );
    await Promise.all(
      batchesOf(places).map(async (batch) => {
        const thread = scanners.reduce((least, one) => (one.waiting < least.waiting ? one : least));
        // One that no thread gets through: all of these are looked at one by one.
        const answers = await thread.ask('scanFiles', '', { places: batch, terms }, limit).catch(unknown);
        answers?.forEach((answer, at) => {
          const uid = batch[at]?.uid;
          if (uid !== undefined && answer !== undefined) found.set(uid, answer);
        });
      }),
    );
    return found;
  }

  function mailboxSearch(mailbox: Mailbox): MailboxSearch {
    const file = options.file(mailbox.account);
    const key = { mailboxId: mailbox.mailboxId, uidValidity: mailbox.uidValidity };
    const unanswered = (error: SearchFailure): undefined => {
      if (!error.damaged) return unknown(error);
      log.warn({ account: mailbox.account, error: error.message }, 'search index made anew');
      filler.lost(mailbox.account, mailbox.name);
    };
    return {
      async find(terms: readonly SearchTerm[], findOptions: FindOptions = {}) {
        if (!settings.enabled) return undefined;
        return reader.ask('find', file, { mailbox: key, terms, options: findOptions }).catch(unanswered);
      },
      scan: (uids, terms) => scanFiles(mailbox, uids, terms),
      async keys<F extends keyof SortKeys>(fields: readonly F[]) {
        if (!settings.enabled) return undefined;
        const keys = new Map<number, Pick<SortKeys, F>>();
        let upTo: number | undefined;
        let after = 0;
        for (;;) {
          const page: KeysPage | undefined = await reader
            .ask('keys', file, { mailbox: key, fields, after })
            .catch(unanswered);
          if (page === undefined) return undefined;
          // What was taken in since the first page was asked for is not all among the pages.
          upTo ??= page.upTo;
          page.uids.forEach((uid, row) => keys.set(uid, keysOf(fields, page, row)));
          const last = page.uids.at(-1);
          if (last === undefined) return { upTo, keys };
          after = last;
        }
      },
    };
  }
}

/** Some files for a thread, which answers nothing else until it has looked at all of them: some milliseconds. */
function batchesOf(places: readonly MessagePlace[]): MessagePlace[][] {
  const batches: MessagePlace[][] = [];
  let octets = Infinity;
  for (const place of places) {
    const batch = batches.at(-1);
    if (batch === undefined || batch.length >= BATCH_FILES || octets >= BATCH_BYTES) {
      batches.push([place]);
      octets = place.size;
    } else {
      batch.push(place);
      octets += place.size;
    }
  }
  return batches;
}

function keysOf<F extends keyof SortKeys>(
  fields: readonly F[],
  page: KeysPage,
  row: number,
): Pick<SortKeys, F> {
  const entries = fields.map((field, column) => [field, page.columns[column]?.[row]]);
  // The columns are those of the fields, each with the values of its field: `keysAfter` made them so.
  return Object.fromEntries(entries) as Pick<SortKeys, F>;
}

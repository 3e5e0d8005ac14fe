import type { Log } from '../../log.ts';
import type { Mailbox, MailAccount } from '../mail/types.ts';
import { Filler } from './filler.ts';
import { SearchThread } from './search-thread.ts';
import type { SearchFailure } from './search-thread.ts';
import type { SearchSettings } from './settings.ts';
import type { FindOptions, KeysPage, MailboxSearch, SearchIndexes, SearchTerm, SortKeys } from './types.ts';

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
  const reader = new SearchThread(settings.idle, false);
  const writer = new SearchThread(settings.idle, true);
  const filler = new Filler(options, writer);
  const limit = settings.messageTime * 1000;

  /** Without an answer the caller does without: a search may take longer, it never fails for that. */
  const unknown = (error: SearchFailure): undefined => {
    log.warn({ error: error.message }, 'the search index did not answer');
    return undefined;
  };

  return {
    of: (mailbox) => mailboxSearch(mailbox),
    scan: (raw, terms) => reader.ask('scan', '', { raw, terms }, limit),
    notice: (account, mailbox) => filler.notice(account, mailbox),
    async close() {
      await filler.close();
      await Promise.all([reader.close(), writer.close()]);
    },
  };

  function mailboxSearch(mailbox: Mailbox): MailboxSearch {
    const file = options.file(mailbox.account);
    const key = { mailboxId: mailbox.mailboxId, uidValidity: mailbox.uidValidity };
    return {
      async find(terms: readonly SearchTerm[], findOptions: FindOptions = {}) {
        if (!settings.enabled) return undefined;
        return reader.ask('find', file, { mailbox: key, terms, options: findOptions }).catch(unknown);
      },
      async keys<F extends keyof SortKeys>(fields: readonly F[]) {
        if (!settings.enabled) return undefined;
        const keys = new Map<number, Pick<SortKeys, F>>();
        let upTo: number | undefined;
        let after = 0;
        for (;;) {
          const page: KeysPage | undefined = await reader
            .ask('keys', file, { mailbox: key, fields, after })
            .catch(unknown);
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

function keysOf<F extends keyof SortKeys>(
  fields: readonly F[],
  page: KeysPage,
  row: number,
): Pick<SortKeys, F> {
  const entries = fields.map((field, column) => [field, page.columns[column]?.[row]]);
  // The columns are those of the fields, each with the values of its field: `keysAfter` made them so.
  return Object.fromEntries(entries) as Pick<SortKeys, F>;
}

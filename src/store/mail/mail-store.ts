import { randomBytes, randomFillSync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import type { Log } from '../../log.ts';
import { accountFolder } from '../account-folder.ts';
import { type Disk, disk } from '../durable.ts';
import { AccountIndex, IndexHandles } from '../index/account-index.ts';
import { createSearchIndexes } from '../search/search-indexes.ts';
import type { SearchIndexes } from '../search/types.ts';
import type { StoreSettings } from '../settings.ts';
import { StoreError } from '../types.ts';
import { IndexedAccount } from './account.ts';
import { BodyCache } from './body-cache.ts';
import type { StoreContext } from './context.ts';
import { Departed } from './departed.ts';
import { AccountDelivery } from './delivery.ts';
import { LessonMarks } from './lesson-marks.ts';
import { createLessonQueue, type LessonQueue } from './lessons.ts';
import { checkIndex, type IndexReport, rebuildIndex } from './maintenance.ts';
import { Poller } from './poller.ts';
import { TakeInThreads } from './take-in-threads.ts';
import type { MailStore } from './types.ts';
import { createMailUsers, type MailUsers } from './users.ts';

export interface MailStoreOptions {
  /** Holds one folder per account, `<folder>/<account>/Maildir`. Created when missing. */
  folder: string;
  settings: StoreSettings;
  log: Log;
  /** Whether there is such an account though it has no mail yet. */
  accountExists?: (account: string) => Promise<boolean>;
  /** Milliseconds since the epoch; a fraction counts the microseconds. */
  now?: () => number;
  random?: (bytes: number) => Uint8Array;
  /** For tests that let the disk fail. */
  disk?: Disk;
}

/** What is remembered of an account is some kilobytes; an account that was dropped is looked at anew. */
const MAX_OPEN_ACCOUNTS = 10_000;

/** The mail store of a process, with what the tools of the admin need beside. */
export interface OpenMailStore extends MailStore {
  readonly users: MailUsers;
  readonly search: SearchIndexes;
  /** What users say of their mail, until it is learned. */
  readonly lessons: LessonQueue;
  /** Compares an account's index with its Maildir. */
  check(account: string): Promise<IndexReport>;
  /** Makes an account's index anew from its Maildir; `progress` is told after each mailbox. */
  rebuild(account: string, progress?: (mailbox: string, messages: number) => void): Promise<IndexReport>;
}

/**
 * Mail in Maildir++ folders, one file a message, byte-exact, and an index beside each account's. Other programs may
 * deliver and read beside us; several processes may use one folder. See docs/store.md for the layout.
 */
export function createMailStore(options: MailStoreOptions): OpenMailStore {
  const { settings, log } = options;
  const now = options.now ?? (() => performance.timeOrigin + performance.now());
  const random = options.random ?? pooledRandom();
  const root = resolve(options.folder);
  const accounts = new Map<string, { mail: IndexedAccount; opened: Promise<IndexedAccount> }>();
  let closed = false;

  const users = createMailUsers({
    folder: root,
    settings,
    log,
    account: (name) => open(name),
    accountExists: options.accountExists,
    random,
    disk: options.disk,
  });
  const handles = new IndexHandles(settings.index, log, now);
  const poller = new Poller(settings.index.pollInterval, settings.index.pollFolders, log);
  const search = createSearchIndexes({
    settings: settings.search,
    file: (account) => join(root, accountFolder(account), 'search.sqlite'),
    account: (account) => open(account),
    log,
  });
  const marks = new LessonMarks(root, options.disk ?? disk, log);
  const context: StoreContext = {
    settings,
    log,
    disk: options.disk ?? disk,
    now,
    random,
    hostname: settings.hostname || hostname(),
    handles,
    bodies: new BodyCache(settings.index.cacheBytes),
    departed: new Departed(),
    quota: users.quota,
    poller,
    takeIn: new TakeInThreads(),
    search,
    lessons: marks,
    closing: false,
    sequence: 0,
    running: new Set(),
  };

  async function open(account: string): Promise<IndexedAccount> {
    if (closed) throw new StoreError('io', 'the mail store is closed');
    const folder = accountFolder(account);
    const known = accounts.get(folder);
    if (known !== undefined) return known.opened;
    const mail = new IndexedAccount(context, account, join(root, folder));
    const opened = mail.open().then(() => mail);
    if (accounts.size >= MAX_OPEN_ACCOUNTS)
      for (const [other, { mail: old }] of accounts) {
        if (old.watched) continue;
        accounts.delete(other);
        break;
      }
    accounts.set(folder, { mail, opened });
    // A failure is not remembered: the disk may have space the next time.
    opened.catch(() => accounts.delete(folder));
    return opened;
  }

  /** With an index that is made anew when the one there is of no use. */
  async function openAnyhow(account: string): Promise<IndexedAccount> {
    try {
      return await open(account);
    } catch (error) {
      const index = new AccountIndex(join(root, accountFolder(account)), handles);
      if (!existsSync(index.path)) throw error;
      index.discard(error);
      return open(account);
    }
  }

  return {
    users,
    search,
    lessons: createLessonQueue(marks, open),
    async open(account) {
      return new AccountDelivery(await open(account));
    },
    account: open,
    check: async (account) => checkIndex(await open(account)),
    rebuild: async (account, progress) => rebuildIndex(await openAnyhow(account), progress),
    user: (account, of) => users.user(account, of),
    async close() {
      context.closing = true;
      await search.close();
      closed = true;
      await poller.close();
      await Promise.allSettled([...accounts.values()].map(({ opened }) => opened));
      while (context.running.size > 0) await Promise.allSettled(context.running);
      for (const { mail } of accounts.values())
        await mail.settle().catch((err: unknown) => {
          log.warn({ account: mail.account, err }, 'the files of an account do not follow its index yet');
        });
      while (context.running.size > 0) await Promise.allSettled(context.running);
      await users.close();
      await context.takeIn.close();
      handles.close();
      accounts.clear();
    },
  };
}

/** Octets that are made at once. */
const RANDOM_POOL = 4096;

/** Random octets for names: a few at a time cost nearly as much as thousands. */
function pooledRandom(): (bytes: number) => Uint8Array {
  const pool = Buffer.alloc(RANDOM_POOL);
  let used = pool.length;
  return (bytes) => {
    if (bytes > pool.length) return randomBytes(bytes);
    if (used + bytes > pool.length) {
      randomFillSync(pool);
      used = 0;
    }
    used += bytes;
    return Uint8Array.from(pool.subarray(used - bytes, used));
  };
}

import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { join, resolve } from 'node:path';
import type { Log } from '../log.ts';
import { accountFolder } from './account-folder.ts';
import { type Disk, disk } from './durable.ts';
import { type MaildirContext, MaildirAccount } from './maildir.ts';
import type { StoreSettings } from './settings.ts';
import { type AccountStore, type Store, StoreError } from './types.ts';

export interface MaildirStoreOptions {
  /** Holds one folder per account, `<folder>/<account>/Maildir`. Created when missing. */
  folder: string;
  settings: StoreSettings;
  log: Log;
  /** Milliseconds since the epoch; a fraction counts the microseconds. */
  now?: () => number;
  random?: (bytes: number) => Uint8Array;
  /** For tests that let the disk fail. */
  disk?: Disk;
}

/** What is remembered of an account is a few hundred bytes; an account that was dropped is looked at anew. */
const MAX_OPEN_ACCOUNTS = 10_000;

/**
 * Mail in Maildir++ folders, one file a message, byte-exact. Other programs may deliver and read beside us; several
 * processes may use one folder. See docs/store.md for the layout.
 */
export function createMaildirStore(options: MaildirStoreOptions): Store {
  const context: MaildirContext = {
    settings: options.settings,
    log: options.log,
    disk: options.disk ?? disk,
    now: options.now ?? (() => performance.timeOrigin + performance.now()),
    random: options.random ?? randomBytes,
    hostname: options.settings.hostname || hostname(),
    sequence: 0,
    running: new Set(),
  };
  const root = resolve(options.folder);
  const accounts = new Map<string, Promise<AccountStore>>();
  let closed = false;

  return {
    open(account) {
      if (closed) return Promise.reject(new StoreError('io', 'the mail store is closed'));
      let folder: string;
      try {
        folder = accountFolder(account);
      } catch (error) {
        return Promise.reject(error instanceof Error ? error : new StoreError('invalid-name', String(error)));
      }
      const known = accounts.get(folder);
      if (known !== undefined) return known;
      const opened = MaildirAccount.open(context, account, join(root, folder));
      const [oldest] = accounts.keys();
      if (accounts.size >= MAX_OPEN_ACCOUNTS && oldest !== undefined) accounts.delete(oldest);
      accounts.set(folder, opened);
      // A failure is not remembered: the disk may have space the next time.
      opened.catch(() => accounts.delete(folder));
      return opened;
    },
    async close() {
      closed = true;
      await Promise.allSettled(accounts.values());
      while (context.running.size > 0) await Promise.allSettled(context.running);
      accounts.clear();
    },
  };
}

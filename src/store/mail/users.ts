import { randomBytes } from 'node:crypto';
import { lstat, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../../log.ts';
import { accountFolder, accountOfFolder } from '../account-folder.ts';
import { grantees } from '../acl/acl.ts';
import { openShares, type Shares, SharesDamage } from '../acl/shares.ts';
import { disk as realDisk, type Disk, errorCode } from '../durable.ts';
import { createFactsStore } from '../facts-store.ts';
import { createQuota, type Quota } from '../quota/quota.ts';
import type { StoreSettings } from '../settings.ts';
import { StoreError } from '../types.ts';
import { readable } from './list.ts';
import type { MailAccount, MailEvent, MailUser } from './types.ts';
import { createMailUser } from './user.ts';
import type { UserContext } from './user-context.ts';

export interface MailUsersOptions {
  /** `<data>/mail`. */
  readonly folder: string;
  readonly settings: StoreSettings;
  readonly log: Log;
  /** All of an account's mailboxes, made when it is first opened. */
  readonly account: (account: string) => Promise<MailAccount>;
  /** Whether there is such an account though it has no mail yet: then an administrator may make mailboxes for it. */
  readonly accountExists?: (account: string) => Promise<boolean>;
  readonly random?: (bytes: number) => Uint8Array;
  readonly disk?: Disk;
}

/** The users of a mail store: what is shared among them, their limits and their annotations. */
export interface MailUsers {
  user(account: string, options?: { readonly administrator?: boolean }): Promise<MailUser>;
  /** To be asked before messages come into a mailbox, and for reports. */
  readonly quota: Quota;
  /** Accounts that have mail, at most `limit`, in order. */
  accounts(limit?: number): Promise<readonly string[]>;
  /** Makes the table of who shares something with whom from the lists of rights; the number of accounts looked at. */
  rebuildShares(): Promise<number>;
  close(): Promise<void>;
}

/** Begins with a dot, so that it is no account's folder. */
const SHARES_FILE = '.shares.sqlite';

export function createMailUsers(options: MailUsersOptions): MailUsers {
  const { folder, settings, log, account } = options;
  const listeners = new Set<(event: MailEvent) => void>();
  const emit = (event: MailEvent): void => {
    for (const listener of listeners) listener(event);
  };
  let opening: Promise<Shares> | undefined;
  let shares: Shares | undefined;

  const ready = async (): Promise<Shares> => {
    const old = shares;
    if (old?.damaged === true && opening !== undefined) {
      shares = undefined;
      opening = old.close().then(open);
    }
    opening ??= open();
    try {
      return (shares = await opening);
    } catch (error) {
      // Tried again by the next who asks: the disk may have space then.
      opening = undefined;
      throw error;
    }
  };
  const open = async (): Promise<Shares> => {
    const path = join(folder, SHARES_FILE);
    let opened: Shares;
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      opened = openShares(path);
    } catch (error) {
      if (!(error instanceof SharesDamage)) throw error;
      log.warn({ path, err: error }, 'the table of shares is damaged and is made again');
      for (const suffix of ['', '-wal', '-shm']) await rm(path + suffix, { force: true });
      opened = openShares(path);
    }
    try {
      if (!opened.complete()) await rebuild(opened);
      return opened;
    } catch (error) {
      await opened.close();
      throw error;
    }
  };

  const facts = createFactsStore({
    folder,
    disk: options.disk ?? realDisk,
    log,
    random: options.random ?? randomBytes,
    exclusive: async (work) => (await ready()).exclusive(work),
  });
  const quota = createQuota({ settings: settings.quota, facts, account, log, emit });

  const granted = async (name: string): Promise<Set<string>> => {
    const identifiers = new Set<string>();
    for (const mailbox of await (await account(name)).mailboxes())
      for (const identifier of grantees((await readable({ facts }, mailbox)).acl))
        identifiers.add(identifier);
    return identifiers;
  };
  const accounts = async (limit = Infinity): Promise<string[]> => {
    const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
      if (errorCode(error) === 'ENOENT') return [];
      throw new StoreError('io', String(error), { cause: error });
    });
    const names: string[] = [];
    for (const entry of entries) {
      const name = entry.isDirectory() ? accountOfFolder(entry.name) : undefined;
      if (name !== undefined) names.push(name);
    }
    return names.sort().slice(0, limit);
  };
  const rebuild = async (table: Shares): Promise<number> => {
    const all = await accounts();
    let whole = true;
    for (const name of all)
      try {
        await table.exclusive(async () => table.replace(name, await granted(name)));
      } catch (err) {
        if (table.damaged) throw err;
        // One account that cannot be read is no reason to keep all others out; the next start looks again.
        whole = false;
        log.warn({ account: name, err }, 'what an account shares cannot be found out');
      }
    if (whole) table.markComplete();
    return all.length;
  };

  const contextOf = (table: Shares): UserContext => ({
    settings,
    log,
    facts,
    // A damaged one is replaced while sessions go on.
    get shares() {
      return shares ?? table;
    },
    quota,
    account,
    exists: async (name) =>
      (await isFolder(join(folder, accountFolder(name)))) || (await options.accountExists?.(name)) === true,
    accounts,
    emit,
    watch(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    async relistShares(name) {
      const now = await ready();
      await now.exclusive(async () => now.replace(name, await granted(name)));
    },
  });

  return {
    async user(name, { administrator } = {}) {
      const canonical = name.normalize('NFC').toLowerCase();
      const manages = settings.administrators.some((one) => one.toLowerCase() === canonical);
      const context = contextOf(await ready());
      // What he keeps for himself alone lies in his own account.
      await account(canonical);
      return createMailUser(context, canonical, administrator ?? manages);
    },
    quota,
    accounts,
    rebuildShares: async () => rebuild(await ready()),
    async close() {
      await opening?.catch(() => undefined);
      await shares?.close();
      listeners.clear();
    },
  };
}

async function isFolder(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isDirectory();
  } catch {
    return false;
  }
}

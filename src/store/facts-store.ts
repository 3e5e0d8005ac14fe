import { type BigIntStats, lstatSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../log.ts';
import { accountFolder } from './account-folder.ts';
import { type Disk, errorCode, replaceFile } from './durable.ts';
import {
  FACTS_FILE,
  MAX_FACTS_BYTES,
  type MailboxFacts,
  readFacts,
  SERVER_FACTS_FILE,
} from './mailbox-facts.ts';
import { mailboxFolder } from './mailbox-name.ts';
import { readOnlyError, StoreError } from './types.ts';

/** Whose facts: of a mailbox, of an account (no mailbox), or of the whole store. */
export type FactsPlace = { readonly account: string; readonly mailbox?: string } | 'server';

/** The facts beside mailboxes and accounts, read often and changed seldom, by several processes. */
export interface FactsStore {
  /** Those of nobody when there are none, or when they are damaged. Rejects when the disk fails. */
  read(place: FactsPlace): Promise<MailboxFacts>;
  /** Durable when it resolves. Rejects with `not-found` when the folder is gone, and with what `change` throws. */
  update(place: FactsPlace, change: (facts: MailboxFacts) => MailboxFacts): Promise<MailboxFacts>;
}

export interface FactsStoreOptions {
  /** `<data>/mail`. */
  readonly folder: string;
  readonly disk: Disk;
  readonly log: Log;
  readonly random: (bytes: number) => Uint8Array;
  /** Runs one change at a time, of all processes. */
  readonly exclusive: <T>(work: () => Promise<T>) => Promise<T>;
}

/** Facts of a few hundred bytes each. Larger ones are read again: they are seldom asked for. */
const MAX_CACHED = 5000;
const MAX_CACHED_BYTES = 4096;

/** A link, a folder or a file of another in their place: they will not be readable the next time either. */
const UNREADABLE: ReadonlySet<string> = new Set(['ELOOP', 'EISDIR', 'EACCES', 'EPERM', 'ENXIO']);

export function createFactsStore({ folder, disk, log, random, exclusive }: FactsStoreOptions): FactsStore {
  const cache = new Map<string, { readonly version: string; readonly facts: MailboxFacts }>();

  const fileOf = (place: FactsPlace): { folder: string; file: string; tmp: string } => {
    if (place === 'server') return { folder, file: join(folder, SERVER_FACTS_FILE), tmp: folder };
    const home = join(folder, accountFolder(place.account));
    // The account's own folder has no tmp/: that of the inbox is on the same file system.
    if (place.mailbox === undefined)
      return { folder: home, file: join(home, FACTS_FILE), tmp: join(home, 'Maildir', 'tmp') };
    const mailbox = join(home, 'Maildir', mailboxFolder(place.mailbox));
    return { folder: mailbox, file: join(mailbox, FACTS_FILE), tmp: join(mailbox, 'tmp') };
  };

  const load = async (place: FactsPlace): Promise<MailboxFacts> => {
    const { folder: where, file } = fileOf(place);
    // Asked for with every mailbox that is named: a look at what the kernel has at hand is not worth a thread.
    const stats = lookAt(file);
    if (stats === undefined) {
      cache.delete(file);
      return { specialUse: [], metadata: {} };
    }
    // A file is replaced, never written over: another one has another inode or time.
    const version = `${stats.ino}:${stats.mtimeNs}:${stats.ctimeNs}:${stats.size}`;
    const known = cache.get(file);
    if (known?.version === version) return known.facts;
    let facts: MailboxFacts;
    try {
      facts = await readFacts(where, place === 'server' ? SERVER_FACTS_FILE : FACTS_FILE);
    } catch (error) {
      const code = errorCode(error);
      if (code !== undefined && !UNREADABLE.has(code)) throw error;
      log.warn({ file, err: error }, 'facts of a mailbox cannot be read');
      facts = { specialUse: [], metadata: {} };
    }
    cache.delete(file);
    if (stats.size <= MAX_CACHED_BYTES) {
      const [oldest] = cache.keys();
      if (cache.size >= MAX_CACHED && oldest !== undefined) cache.delete(oldest);
      cache.set(file, { version, facts });
    }
    return facts;
  };

  return {
    read: (place) => asStoreError(load(place)),
    update: (place, change) =>
      exclusive(() =>
        asStoreError(
          (async () => {
            const before = await load(place);
            const facts = change(before);
            if (facts === before) return before;
            const text = Buffer.from(`${JSON.stringify(facts, undefined, 1)}\n`);
            if (text.length > MAX_FACTS_BYTES)
              throw new StoreError('limit', 'what is kept of a mailbox beside its mail is too much');
            const { file, tmp } = fileOf(place);
            const unique = `facts-${Buffer.from(random(12)).toString('hex')}`;
            await replaceFile(disk, join(tmp, place === 'server' ? `.${unique}` : unique), file, [text]);
            return facts;
          })(),
        ),
      ),
  };
}

function lookAt(file: string): BigIntStats | undefined {
  try {
    return lstatSync(file, { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    if (errorCode(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}

async function asStoreError<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof StoreError) throw error;
    const code = errorCode(error);
    const text = error instanceof Error ? error.message : String(error);
    if (code === 'ENOENT') throw new StoreError('not-found', text, { cause: error });
    if (code === 'EROFS') throw readOnlyError('what is kept of a mailbox cannot be changed', error);
    if (code === 'ENOSPC' || code === 'EDQUOT') throw new StoreError('full', text, { cause: error });
    throw new StoreError('io', text, { cause: error });
  }
}

import { lstat, mkdir, readdir, rm, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../../log.ts';
import { accountFolder, accountOfFolder } from '../account-folder.ts';
import { type Disk, errorCode, makeFolders } from '../durable.ts';
import { readSmallFile } from '../small-file.ts';

/** Milliseconds after the last lesson for which a mark stays: longer than a transaction may wait for its lock. */
const MARK_AGE = 60_000;
/** The longest name of an account that logs in is far shorter. */
const MAX_NAME = 4096;

/**
 * Which accounts have something to be learned: a file each, beside the accounts' folders, so that whoever learns need not
 * look into every index. A mark may say too much, never too little: it is made before the lesson is noted, and removed a
 * good while after the last one. In it stands the account's name.
 */
export class LessonMarks {
  readonly #mailFolder: string;
  readonly #folder: string;
  readonly #disk: Disk;
  readonly #log: Log;
  readonly #listeners = new Set<(account: string) => void>();

  constructor(mailFolder: string, disk: Disk, log: Log) {
    this.#mailFolder = mailFolder;
    // Begins with a dot, so that it is no account's folder.
    this.#folder = join(mailFolder, '.lessons');
    this.#disk = disk;
    this.#log = log;
  }

  /** Durable when it resolves. False when it cannot be: then nothing is to be noted. */
  async announce(account: string): Promise<boolean> {
    try {
      await this.#mark(account, true);
      return true;
    } catch (err) {
      this.#log.warn({ account, err }, 'what a user says of his mail cannot be noted');
      return false;
    }
  }

  /** A lesson was noted. */
  added(account: string): void {
    // Once more, should it have been removed between the two.
    void this.#mark(account, false).catch(() => undefined);
    for (const listener of this.#listeners) listener(account);
  }

  /** Tells of lessons that this process notes. */
  watch(listener: (account: string) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Accounts that may have lessons. */
  async accounts(): Promise<string[]> {
    const accounts: string[] = [];
    for (const name of (await readdir(this.#folder).catch(noneThere)) ?? []) {
      const path = join(this.#folder, name);
      // The name of a file tells the account, but where it was cut.
      const account = accountOfFolder(name) ?? (await readSmallFile(path, MAX_NAME))?.toString('utf8');
      // One that was not written to its end has another name than its account's.
      if (account === undefined || account === '' || accountFolder(account) !== name) continue;
      // Looking into it would make an account anew whose mail was removed.
      if ((await lstat(join(this.#mailFolder, name)).catch(noneThere)) === undefined)
        await rm(path, { recursive: true, force: true });
      else accounts.push(account);
    }
    return accounts;
  }

  /** Removes the mark of an account that has no lessons, unless it is young. */
  async clear(account: string): Promise<void> {
    const path = join(this.#folder, accountFolder(account));
    const stats = await lstat(path).catch(noneThere);
    if (stats?.isDirectory() === false && Date.now() - stats.mtimeMs > MARK_AGE)
      await this.#disk.remove(path);
  }

  async #mark(account: string, durable: boolean): Promise<void> {
    const path = join(this.#folder, accountFolder(account));
    const now = new Date();
    try {
      await utimes(path, now, now);
      return;
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
    }
    if (durable) await makeFolders(this.#disk, this.#folder);
    else await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    try {
      await this.#disk.write(path, [Buffer.from(account)]);
    } catch (error) {
      if (errorCode(error) !== 'EEXIST') throw error;
    }
    if (durable) await this.#disk.syncFolder(this.#folder);
  }
}

function noneThere(error: unknown): undefined {
  if (errorCode(error) !== 'ENOENT') throw error;
}

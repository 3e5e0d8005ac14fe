import { link, lstat, readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { disk, errorCode } from '../../store/durable.ts';
import {
  canonicalMailbox,
  INBOX,
  mailboxFolder,
  mailboxOfFolder,
  parentMailboxes,
} from '../../store/mailbox-name.ts';
import { defaultStoreSettings } from '../../store/settings.ts';
import { flagLetters } from '../../store/unique-name.ts';

const SUBFOLDERS = ['tmp', 'new', 'cur'] as const;

/** What becomes of one message of the folder. */
export interface Change {
  /** Mailboxes that get it, each once; the folder's own not among them. */
  targets: readonly { mailbox: string; flags: readonly string[] }[];
  /** It stays where it is; else it is removed when the targets have it. */
  stays: boolean;
  /** Flags it gets where it stays, beside those it has. */
  flags: readonly string[];
}

/**
 * A mailbox of a Maildir++ that other programs may be reading and writing: its messages are linked and renamed, never
 * written anew, so that they stay the same files. A name that is taken is never overwritten.
 */
export class MaildirFolder {
  /** The whole mailbox: the Maildir that is the inbox. */
  readonly #root: string;
  readonly #folder: string;
  readonly mailbox: string;
  /** All mailboxes of the Maildir++. */
  readonly #mailboxes: Set<string>;

  private constructor(root: string, folder: string, mailbox: string, mailboxes: Set<string>) {
    this.#root = root;
    this.#folder = folder;
    this.mailbox = mailbox;
    this.#mailboxes = mailboxes;
  }

  /** Undefined for what is no folder of a Maildir. */
  static async open(path: string): Promise<MaildirFolder | undefined> {
    const folder = resolve(path);
    if (!(await isMaildir(folder))) return undefined;
    const above = dirname(folder);
    const name = mailboxOfFolder(basename(folder), defaultStoreSettings);
    const inner = name !== undefined && (await isMaildir(above));
    const root = inner ? above : folder;
    return new MaildirFolder(root, folder, inner ? name : INBOX, await mailboxesOf(root));
  }

  /** Where its messages are; its subfolders are mailboxes of their own. */
  get paths(): string[] {
    return [join(this.#folder, 'cur'), join(this.#folder, 'new')];
  }

  /** Whether there is such a mailbox; false for what none can be called. */
  has(mailbox: string): boolean {
    try {
      return this.#mailboxes.has(this.canonical(mailbox));
    } catch {
      return false;
    }
  }

  /** The one spelling of a mailbox. Throws {@link StoreError} for what no mailbox can be called. */
  canonical(mailbox: string): string {
    return canonicalMailbox(mailbox, defaultStoreSettings);
  }

  /**
   * Changes one message, given by its path. First all targets have it, and durably, then it goes: a crash leaves it in
   * several places and never in none, and doing the same again ends it. Rejects with errors of node:fs and
   * {@link StoreError}; the message is where it was then.
   */
  async apply(path: string, { targets, stays, flags }: Change): Promise<void> {
    const file = fileOf(path);
    for (const { mailbox, flags: given } of targets)
      await this.#place(path, await this.#usable(this.canonical(mailbox)), flagged(file, given));
    if (stays) {
      const { subfolder, name } = flagged(file, flags);
      const target = join(this.#folder, subfolder, name);
      if (target === resolve(path)) return;
      await this.#place(path, this.#folder, { subfolder, name });
    }
    await disk.remove(path);
    await disk.syncFolder(dirname(path));
  }

  async #place(path: string, folder: string, { subfolder, name }: Placed): Promise<void> {
    const target = join(folder, subfolder, name);
    try {
      await link(path, target);
    } catch (error) {
      const code = errorCode(error);
      if (code === 'EEXIST') {
        if (await isSameFile(path, target)) return;
        throw error;
      }
      if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EXDEV' && code !== 'EMLINK') throw error;
      // A file system without hard links: a copy. What is in tmp/ is seen by nobody.
      const copy = join(folder, 'tmp', name);
      await disk.write(copy, [await readFile(path)]);
      await disk.rename(copy, target);
    }
    await disk.syncFolder(dirname(target));
  }

  /** Folder of a mailbox, made when it is missing, its parents too. */
  async #usable(mailbox: string): Promise<string> {
    for (const level of [...parentMailboxes(mailbox), mailbox]) {
      const folder = join(this.#root, mailboxFolder(level));
      const made = await disk.makeFolder(folder);
      for (const subfolder of SUBFOLDERS) await disk.makeFolder(join(folder, subfolder));
      if (!made) {
        // A link could lead anywhere.
        if (!(await isMaildir(folder))) throw new Error(`${folder} is no folder of a Maildir`);
        continue;
      }
      // The empty file by which Courier and its like know a subfolder (Maildir++).
      await disk.write(join(folder, 'maildirfolder'), []);
      await disk.syncFolder(folder);
      await disk.syncFolder(dirname(folder));
      this.#mailboxes.add(level);
    }
    return join(this.#root, mailboxFolder(mailbox));
  }
}

interface Placed {
  subfolder: 'new' | 'cur';
  name: string;
}

interface MailFile extends Placed {
  /** What makes the name unique, and the letters of the flags behind it. */
  unique: string;
  letters: string;
}

function fileOf(path: string): MailFile {
  const name = basename(path);
  const subfolder = basename(dirname(path)) === 'new' ? 'new' : 'cur';
  const info = /^(.*?):2,([A-Za-z]*)$/.exec(name);
  return { subfolder, name, unique: info?.[1] ?? name.replace(/:.*$/, ''), letters: info?.[2] ?? '' };
}

/** The file with more flags. Those that it has, it keeps, also letters that only other programs know. */
function flagged(file: MailFile, flags: readonly string[]): Placed {
  const added = flagLetters(flags)
    .split('')
    .filter((letter) => !file.letters.includes(letter));
  if (added.length === 0) return file;
  const letters = [...file.letters.split(''), ...added].sort().join('');
  return { subfolder: 'cur', name: `${file.unique}:2,${letters}` };
}

async function mailboxesOf(root: string): Promise<Set<string>> {
  const entries = await readdir(root, { withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => mailboxOfFolder(entry.name, defaultStoreSettings))
    .filter((name) => name !== undefined);
  return new Set([INBOX, ...names]);
}

async function isMaildir(folder: string): Promise<boolean> {
  const found = await Promise.all(
    [folder, ...SUBFOLDERS.map((subfolder) => join(folder, subfolder))].map(async (path) => {
      try {
        return (await lstat(path)).isDirectory();
      } catch {
        return false;
      }
    }),
  );
  return found.every(Boolean);
}

async function isSameFile(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([lstat(one), lstat(other)]);
  return a.ino === b.ino && a.dev === b.dev;
}

import type { Dirent } from 'node:fs';
import { lstat, readdir, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { type Disk, errorCode, makeFolders } from '../durable.ts';
import { FACTS_FILE, type MailboxFacts, readFacts, writeFacts } from '../mailbox-facts.ts';
import { INBOX, mailboxFolder, mailboxOfFolder, parentMailboxes } from '../mailbox-name.ts';
import { sweepStale } from '../sweep.ts';
import { linkError, StoreError } from '../types.ts';
import type { StoreContext } from './context.ts';

/** `cur` comes last: who sees it, sees all three. */
const SUBFOLDERS = ['tmp', 'new', 'cur'] as const;

/** One account's Maildir++: the Maildir itself is the inbox, `.Folder.Sub` in it the mailbox `Folder/Sub`. */
export class Folders {
  readonly account: string;
  /** `<data>/mail/<account>`. */
  readonly home: string;
  readonly root: string;
  readonly #context: StoreContext;
  /** Mailboxes this process has seen whole, made durable and swept. */
  readonly #ready = new Set<string>();
  /** Mailboxes in whose place somebody has put a symbolic link, as when the folders were listed. */
  #links: ReadonlySet<string> = new Set();

  constructor(context: StoreContext, account: string, home: string) {
    this.#context = context;
    this.account = account;
    this.home = home;
    this.root = join(home, 'Maildir');
  }

  /** Folder of a canonical name. Throws `link` where somebody has put one: it could lead into the mail of another. */
  path(name: string): string {
    if (this.#links.has(name)) throw linkError(name);
    return join(this.root, mailboxFolder(name));
  }

  isLink(name: string): boolean {
    return this.#links.has(name);
  }

  exists(name: string): Promise<boolean> {
    return isFolder(this.path(name));
  }

  /** INBOX first, then the others in the order of their names. */
  async list(): Promise<string[]> {
    const entries = await readdir(this.root, { withFileTypes: true }).catch(noneMissing);
    this.#noteLinks(entries);
    const names = entries
      .filter((entry) => entry.isDirectory())
      .map((entry) => mailboxOfFolder(entry.name, this.#context.settings))
      .filter((name) => name !== undefined);
    return [INBOX, ...names.sort()];
  }

  /** They are left alone; the log says so once. */
  #noteLinks(entries: readonly Dirent[]): void {
    const links = new Set<string>();
    for (const entry of entries) {
      const name = entry.isSymbolicLink() ? mailboxOfFolder(entry.name, this.#context.settings) : undefined;
      if (name === undefined) continue;
      links.add(name);
      if (!this.#links.has(name))
        this.#context.log.warn(
          { account: this.account, mailbox: name },
          'a symbolic link in the place of a mailbox is not followed',
        );
    }
    this.#links = links;
  }

  /** What is known of a folder; nothing when its file is damaged: mail must not wait for that. */
  async facts(folder: string): Promise<MailboxFacts> {
    try {
      return await readFacts(folder);
    } catch (err) {
      this.#context.log.warn({ account: this.account, folder, err }, 'facts of a mailbox cannot be read');
      return { specialUse: [], metadata: {} };
    }
  }

  /** Changes what is known of a folder; durable when it resolves. */
  async writeFacts(folder: string, facts: MailboxFacts): Promise<void> {
    await writeFacts(this.#context.disk, folder, facts, `facts-${this.newId()}`);
  }

  /** Writes the facts of a folder that has none; when another process was quicker, its facts are the answer. */
  async claimFacts(folder: string, facts: MailboxFacts): Promise<MailboxFacts> {
    const { disk } = this.#context;
    const temporary = join(folder, 'tmp', `facts-${this.newId()}`);
    await disk.write(temporary, [Buffer.from(`${JSON.stringify(facts, undefined, 1)}\n`)]);
    try {
      await disk.link(temporary, join(folder, FACTS_FILE));
      await disk.syncFolder(folder);
      return facts;
    } catch (error) {
      if (errorCode(error) === 'EEXIST') return await this.facts(folder);
      // A file system without links: then two processes may both write, and the last one's facts stay.
      if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP'].includes(errorCode(error) ?? '')) throw error;
      await this.writeFacts(folder, facts);
      return facts;
    } finally {
      await disk.remove(temporary);
    }
  }

  newId(): string {
    return Buffer.from(this.#context.random(16)).toString('base64url');
  }

  /** Forgets what was seen: somebody removed folders. */
  forget(): void {
    this.#ready.clear();
  }

  /** Folder of a mailbox that can take mail now, made when it may be. */
  async usable(name: string, create: boolean, specialUse?: string): Promise<string> {
    const folder = this.path(name);
    if (!this.#ready.has(name)) {
      if (name !== INBOX && !(await isFolder(folder))) {
        if (!create) throw new StoreError('not-found', `${this.account} has no mailbox ${name}`);
        await this.create(name, specialUse === undefined ? [] : [specialUse]);
      }
      await this.makeReady(name);
    }
    const subfolders = SUBFOLDERS.map((subfolder) => join(folder, subfolder));
    await this.#refuseLinks(this.home, this.root, folder, ...subfolders);
    return folder;
  }

  /**
   * Makes it unless it is there. Levels above it that are no mailboxes stay levels, as in other stores of this layout: who
   * removes it again is rid of them, and who wants one of them may still make it.
   */
  async create(name: string, specialUse: readonly string[]): Promise<void> {
    if (name === INBOX || (await isFolder(this.path(name)))) return;
    const { maxMailboxes } = this.#context.settings;
    const present = (await readdir(this.root)).filter((entry) => entry.startsWith('.')).length;
    if (present >= maxMailboxes)
      throw new StoreError('full', `${this.account} has ${present} mailboxes, ${maxMailboxes} are allowed`);
    try {
      await this.makeReady(name, specialUse);
    } catch (error) {
      await this.discard(name);
      throw error;
    }
    this.#context.log.info({ account: this.account, mailbox: name }, 'mailbox created');
  }

  /** Takes back a mailbox that was made a moment ago; one that holds mail by now stays. */
  async discard(name: string): Promise<void> {
    const folder = this.path(name);
    this.#ready.delete(name);
    try {
      for (const subfolder of ['new', 'cur', 'tmp']) await removeFolder(join(folder, subfolder));
      for (const file of ['maildirfolder', FACTS_FILE]) await this.#context.disk.remove(join(folder, file));
      await removeFolder(folder);
    } catch (err) {
      this.#context.log.warn(
        { account: this.account, mailbox: name, err },
        'a mailbox that was not made stays',
      );
    }
  }

  /** Completes a mailbox, makes its folders durable, and removes what dead deliveries left in it. */
  async makeReady(name: string, created?: readonly string[]): Promise<void> {
    const { disk, settings, log, now } = this.#context;
    const folder = this.path(name);
    if (name === INBOX) await makeFolders(disk, dirname(this.home), this.home);
    await this.#refuseLinks(this.home);
    await disk.makeFolder(folder);
    await this.#refuseLinks(folder);
    for (const subfolder of SUBFOLDERS) await disk.makeFolder(join(folder, subfolder));
    if (name !== INBOX) await markAsFolder(disk, folder);
    if (created !== undefined) {
      const acl = await this.#aclAbove(name);
      const facts = { id: this.newId(), specialUse: [...created], metadata: {} };
      await this.claimFacts(folder, acl === undefined ? facts : { ...facts, acl });
    }
    await disk.syncFolder(folder);
    await disk.syncFolder(dirname(folder));
    const swept = await sweepStale(disk, join(folder, 'tmp'), now() - settings.staleHours * 3_600_000);
    if (swept > 0)
      log.warn({ account: this.account, mailbox: name, files: swept }, 'removed stale files from tmp');
    this.#ready.add(name);
  }

  /** What is new has the list of rights of the mailbox above it (RFC 4314 §4). */
  async #aclAbove(name: string): Promise<MailboxFacts['acl']> {
    for (const level of parentMailboxes(name).toReversed())
      if (!this.isLink(level) && (await this.exists(level))) return (await this.facts(this.path(level))).acl;
    return undefined;
  }

  /** Mail is written into real folders only: a symbolic link could lead anywhere. */
  async #refuseLinks(...paths: readonly string[]): Promise<void> {
    const found = await Promise.all(paths.map((path) => lstat(path)));
    const odd = found.findIndex((stats) => !stats.isDirectory());
    if (found[odd]?.isSymbolicLink() === true) throw linkError(basename(paths[odd] ?? ''));
    if (odd !== -1) throw new StoreError('io', `${paths[odd]} is no folder`);
  }
}

/** Somebody removed the account since it was opened: then it is empty, and made again by the next mail. */
function noneMissing(error: unknown): [] {
  if (errorCode(error) === 'ENOENT') return [];
  throw error;
}

/** An empty one. */
const removeFolder = (path: string): Promise<void> =>
  rmdir(path).catch((error: unknown) => {
    if (errorCode(error) !== 'ENOENT') throw error;
  });

/** The empty file by which Courier and its like know a subfolder (Maildir++). */
async function markAsFolder(disk: Disk, folder: string): Promise<void> {
  try {
    await disk.write(join(folder, 'maildirfolder'), []);
  } catch (error) {
    if (errorCode(error) !== 'EEXIST') throw error;
  }
}

/** False for a symbolic link. */
async function isFolder(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isDirectory();
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

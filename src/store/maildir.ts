import { lstat, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Log } from '../log.ts';
import { type Disk, errorCode, makeFolders } from './durable.ts';
import { canonicalMailbox, INBOX, mailboxFolder, mailboxOfFolder, parentMailboxes } from './mailbox-name.ts';
import { type MailboxFacts, readFacts, writeFacts } from './mailbox-facts.ts';
import type { SpecialUse, StoreSettings } from './settings.ts';
import { moveMessage } from './move.ts';
import { sweepStale } from './sweep.ts';
import {
  type AccountStore,
  type Delivered,
  type DeliverOptions,
  type MoveOptions,
  type StagedMessage,
  StoreError,
} from './types.ts';
import { flagLetters, sizes, uniqueName } from './unique-name.ts';

/** What all accounts of a store share. */
export interface MaildirContext {
  readonly settings: StoreSettings;
  readonly log: Log;
  readonly disk: Disk;
  readonly now: () => number;
  readonly random: (bytes: number) => Uint8Array;
  readonly hostname: string;
  /** Messages written by this process. */
  sequence: number;
  /** Operations under way, which `close` waits for. */
  readonly running: Set<Promise<unknown>>;
}

/** `cur` comes last: who sees it, sees all three. */
const SUBFOLDERS = ['tmp', 'new', 'cur'] as const;

/** One account's Maildir++: the Maildir itself is the inbox, `.Folder.Sub` in it the mailbox `Folder/Sub`. */
export class MaildirAccount implements AccountStore {
  readonly account: string;
  readonly #context: MaildirContext;
  /** `<data>/mail/<account>`. */
  readonly #home: string;
  readonly #root: string;
  /** Mailboxes this process has seen whole, made durable and swept. */
  readonly #ready = new Set<string>();

  private constructor(context: MaildirContext, account: string, home: string) {
    this.#context = context;
    this.account = account;
    this.#home = home;
    this.#root = join(home, 'Maildir');
  }

  static async open(context: MaildirContext, account: string, home: string): Promise<MaildirAccount> {
    const opened = new MaildirAccount(context, account, home);
    await opened.#run(`open ${account}`, () => opened.#makeReady(INBOX));
    return opened;
  }

  async deliver(
    mailbox: string,
    pieces: readonly Uint8Array[],
    options?: DeliverOptions,
  ): Promise<Delivered> {
    const staged = await this.stage(mailbox, pieces, options);
    return staged.commit();
  }

  stage(
    mailbox: string,
    pieces: readonly Uint8Array[],
    options: DeliverOptions = {},
  ): Promise<StagedMessage> {
    return this.#run(`deliver to ${mailbox}`, async () => {
      const name = canonicalMailbox(mailbox, this.#context.settings);
      const { now, random, hostname } = this.#context;
      const sequence = ++this.#context.sequence;
      const parts = { now: now(), pid: process.pid, sequence, random: random(8), hostname, ...sizes(pieces) };
      const unique = uniqueName(parts);
      const letters = flagLetters(options.flags ?? []);
      const write = async (): Promise<string> => {
        const folder = await this.#usable(name, options.create ?? false, options.specialUse);
        await this.#context.disk.write(join(folder, 'tmp', unique), pieces);
        return folder;
      };
      let folder: string;
      try {
        folder = await write();
      } catch (error) {
        if (errorCode(error) !== 'ENOENT' || this.#ready.size === 0) throw error;
        // Somebody removed the mailbox, or the whole account, since we looked; once more, from the beginning.
        this.#ready.clear();
        await this.#makeReady(INBOX);
        folder = await write();
      }
      return this.#staged(name, folder, unique, letters);
    });
  }

  move(name: string, from: string, to: string, options: MoveOptions = {}): Promise<Delivered | undefined> {
    return this.#run(`move a message to ${to}`, async () => {
      const { settings, disk } = this.#context;
      const source = canonicalMailbox(from, settings);
      const target = canonicalMailbox(to, settings);
      if (!(await isFolder(this.#path(source)))) return undefined;
      const places = {
        from: await this.#usable(source, false),
        to: await this.#usable(target, options.create ?? false),
      };
      const path = await moveMessage(disk, name, places, options);
      return path === undefined ? undefined : { mailbox: target, path };
    });
  }

  exists(mailbox: string): Promise<boolean> {
    return this.#run(`look for ${mailbox}`, async () => {
      const name = canonicalMailbox(mailbox, this.#context.settings);
      return isFolder(this.#path(name));
    });
  }

  create(mailbox: string, options: { specialUse?: string } = {}): Promise<void> {
    return this.#run(`create ${mailbox}`, () =>
      this.#create(canonicalMailbox(mailbox, this.#context.settings), options.specialUse),
    );
  }

  mailboxes(): Promise<string[]> {
    return this.#run('list the mailboxes', () => this.#mailboxes());
  }

  async #mailboxes(): Promise<string[]> {
    const entries = await readdir(this.#root, { withFileTypes: true }).catch(noneMissing);
    const names = entries
      .filter((entry) => entry.isDirectory())
      .map((entry) => mailboxOfFolder(entry.name, this.#context.settings))
      .filter((name) => name !== undefined);
    return [INBOX, ...names.sort()];
  }

  mailboxById(id: string): Promise<string | undefined> {
    return this.#run('look for a mailbox by its id', () => this.#find((facts) => facts.id === id));
  }

  specialUse(attribute: string): Promise<string | undefined> {
    return this.#run(`look for the mailbox of ${attribute}`, async () => {
      const given = await this.#find((facts) => hasAttribute(facts, attribute));
      if (given !== undefined) return given;
      for (const { mailbox } of this.#usual(attribute))
        if (await isFolder(this.#path(mailbox))) return mailbox;
      return undefined;
    });
  }

  hasSpecialUse(mailbox: string, attribute: string): Promise<boolean> {
    return this.#run(`look for ${attribute} of ${mailbox}`, async () => {
      const name = canonicalMailbox(mailbox, this.#context.settings);
      if (!(await isFolder(this.#path(name)))) return false;
      if (hasAttribute(await this.#facts(this.#path(name)), attribute)) return true;
      const usual = this.#usual(attribute).some((use) => use.mailbox === name);
      // Another mailbox that was given the attribute takes it from the one that has it by its name.
      return usual && (await this.#find((facts) => hasAttribute(facts, attribute))) === undefined;
    });
  }

  annotation(mailbox: string | undefined, name: string): Promise<string | undefined> {
    return this.#run('read an annotation', async () => {
      const folder =
        mailbox === undefined ? this.#home : this.#path(canonicalMailbox(mailbox, this.#context.settings));
      const { metadata } = await this.#facts(folder);
      return Object.entries(metadata).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];
    });
  }

  async #find(wanted: (facts: MailboxFacts) => boolean): Promise<string | undefined> {
    for (const name of await this.#mailboxes()) if (wanted(await this.#facts(this.#path(name)))) return name;
    return undefined;
  }

  /** What is known of a folder; nothing when its file is damaged: mail must not wait for that. */
  async #facts(folder: string): Promise<MailboxFacts> {
    try {
      return await readFacts(folder);
    } catch (error) {
      this.#context.log.warn(
        { account: this.account, folder, err: error },
        'facts of a mailbox cannot be read',
      );
      return { specialUse: [], metadata: {} };
    }
  }

  #usual(attribute: string): readonly SpecialUse[] {
    return this.#context.settings.specialUse.filter((use) => sameAttribute(use.attribute, attribute));
  }

  #path(name: string): string {
    return join(this.#root, mailboxFolder(name));
  }

  /** Folder of a mailbox that can take mail now, made when it may be. */
  async #usable(name: string, create: boolean, specialUse?: string): Promise<string> {
    const folder = this.#path(name);
    if (!this.#ready.has(name)) {
      if (name !== INBOX && !(await isFolder(folder))) {
        if (!create) throw new StoreError('not-found', `${this.account} has no mailbox ${name}`);
        await this.#create(name, specialUse);
      }
      await this.#makeReady(name);
    }
    const subfolders = SUBFOLDERS.map((subfolder) => join(folder, subfolder));
    await this.#refuseLinks(this.#home, this.#root, folder, ...subfolders);
    return folder;
  }

  async #create(name: string, specialUse?: string): Promise<void> {
    const missing: string[] = [];
    for (const level of [...parentMailboxes(name), name]) {
      if (level !== INBOX && !(await isFolder(this.#path(level)))) missing.push(level);
    }
    if (missing.length === 0) return;
    const { maxMailboxes } = this.#context.settings;
    const present = (await readdir(this.#root)).filter((entry) => entry.startsWith('.')).length;
    if (present + missing.length > maxMailboxes) {
      throw new StoreError('full', `${this.account} has ${present} mailboxes, ${maxMailboxes} are allowed`);
    }
    for (const level of missing)
      await this.#makeReady(level, specialUse !== undefined && level === name ? [specialUse] : []);
    this.#context.log.info({ account: this.account, mailbox: name }, 'mailbox created');
  }

  /** Completes a mailbox, makes its folders durable, and removes what dead deliveries left in it. */
  async #makeReady(name: string, created?: readonly string[]): Promise<void> {
    const { disk, settings, log, now, random } = this.#context;
    const folder = this.#path(name);
    if (name === INBOX) await makeFolders(disk, dirname(this.#home), this.#home);
    await this.#refuseLinks(this.#home);
    await disk.makeFolder(folder);
    await this.#refuseLinks(folder);
    for (const subfolder of SUBFOLDERS) await disk.makeFolder(join(folder, subfolder));
    if (name !== INBOX) await markAsFolder(disk, folder);
    if (created !== undefined) {
      const id = Buffer.from(random(16)).toString('base64url');
      await writeFacts(disk, folder, { id, specialUse: [...created], metadata: {} }, `facts-${id}`);
    }
    await disk.syncFolder(folder);
    await disk.syncFolder(dirname(folder));
    const swept = await sweepStale(disk, join(folder, 'tmp'), now() - settings.staleHours * 3_600_000);
    if (swept > 0)
      log.warn({ account: this.account, mailbox: name, files: swept }, 'removed stale files from tmp');
    this.#ready.add(name);
  }

  /** Mail is written into real folders only: a symbolic link could lead anywhere. */
  async #refuseLinks(...paths: readonly string[]): Promise<void> {
    const found = await Promise.all(paths.map((path) => lstat(path)));
    const odd = found.findIndex((stats) => !stats.isDirectory());
    if (odd !== -1) throw new StoreError('io', `${paths[odd]} is no folder`);
  }

  #staged(mailbox: string, folder: string, unique: string, letters: string): StagedMessage {
    const { disk } = this.#context;
    const from = join(folder, 'tmp', unique);
    // Mail that already has flags is not new any more; only names in cur/ carry them.
    const target = join(folder, letters === '' ? 'new' : 'cur');
    const path = join(target, letters === '' ? unique : `${unique}:2,${letters}`);
    let file = from;
    const abort = async (): Promise<boolean> => {
      try {
        const gone = await disk.remove(file);
        if (file === path) await disk.syncFolder(target);
        return gone;
      } catch (error) {
        this.#context.log.error(
          { account: this.account, path: file, err: error },
          'could not take a file back',
        );
        return false;
      }
    };
    return {
      name: unique,
      mailbox,
      abort,
      commit: () =>
        this.#run(`deliver to ${mailbox}`, async () => {
          try {
            await disk.rename(from, path);
            file = path;
            await disk.syncFolder(target);
          } catch (error) {
            await abort();
            throw error;
          }
          return { mailbox, path };
        }),
    };
  }

  /** Turns every failure into a {@link StoreError}, and lets `close` know that something is under way. */
  async #run<T>(what: string, work: () => Promise<T>): Promise<T> {
    const running = work();
    this.#context.running.add(running);
    try {
      return await running;
    } catch (error) {
      throw storeError(error, `${this.account}: cannot ${what}`);
    } finally {
      this.#context.running.delete(running);
    }
  }
}

/** Somebody removed the account since it was opened: then it is empty, and made again by the next mail. */
function noneMissing(error: unknown): [] {
  if (errorCode(error) === 'ENOENT') return [];
  throw error;
}

/** Attributes are compared without regard to case (RFC 3501 §7.2.2). */
const sameAttribute = (one: string, other: string): boolean => one.toLowerCase() === other.toLowerCase();

const hasAttribute = (facts: MailboxFacts, attribute: string): boolean =>
  facts.specialUse.some((one) => sameAttribute(one, attribute));

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

function storeError(error: unknown, what: string): StoreError {
  if (error instanceof StoreError) return error;
  const code = errorCode(error);
  const text = `${what}: ${error instanceof Error ? error.message : String(error)}`;
  if (code === 'ENOSPC' || code === 'EDQUOT') return new StoreError('full', text, { cause: error });
  if (code === 'ENAMETOOLONG') return new StoreError('invalid-name', text, { cause: error });
  return new StoreError('io', text, { cause: error });
}

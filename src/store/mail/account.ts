import { lstatSync } from 'node:fs';
import { rm, utimes } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { errorCode, makeFolders } from '../durable.ts';
import { AccountIndex } from '../index/account-index.ts';
import { counter, countUp, mailboxRows, subscribed, usageOf } from '../index/mailboxes.ts';
import { canonicalMailbox, INBOX } from '../mailbox-name.ts';
import { linkError, StoreError } from '../types.ts';
import { adoptFolders } from './adopt.ts';
import { type StoreContext, tracked } from './context.ts';
import { storeError } from './errors.ts';
import { Folders } from './folders.ts';
import { IndexedMailbox, type MailboxHost } from './mailbox.ts';
import { readSubscriptions, writeSubscriptions } from './subscriptions.ts';
import { trimThreads } from './thread-trim.ts';
import type { MailAccount, Mailbox, MailEvent } from './types.ts';
import type { TakenUids } from './uid-list.ts';

/** Milliseconds after which a folder has surely another time when it is changed again. */
const SETTLED = 2000;
/** Milliseconds that the list of mailboxes may be old while its folder is young. */
const FRESH = 100;
/** Mailboxes that were deleted, until their files are gone. */
const REMOVED = 'removed';
/** Milliseconds after a change in which it is looked whether references of threads can be forgotten: a count of rows. */
const TRIM_DELAY = 60_000;
/** Subscriptions are names of mailboxes that need not be there. */
const MAX_SUBSCRIPTIONS = 10_000;

/** One account's mailboxes: the folders of its Maildir, and what the index knows of them. */
export class IndexedAccount implements MailAccount, MailboxHost {
  readonly account: string;
  readonly context: StoreContext;
  readonly index: AccountIndex;
  readonly folders: Folders;
  #byId = new Map<string, IndexedMailbox>();
  #byName = new Map<string, IndexedMailbox>();
  readonly #listeners = new Set<(event: MailEvent) => void>();
  /** UIDs of an earlier index by MAILBOXID, while it is made anew. */
  #kept: ReadonlyMap<string, TakenUids> = new Map();
  /** Mailboxes by name that the index has no room for, and why. */
  #waiting: ReadonlyMap<string, StoreError> = new Map();
  #refreshing: Promise<void> = Promise.resolve();
  /** Runs when messages have changed, and until what it does has ended. */
  #trim: NodeJS.Timeout | undefined;
  /** What the index was like when it was closed and nobody had to look into it. */
  #rested: string | undefined;
  /** What the folder was like when the mailboxes were listed. */
  #listed:
    | { readonly time: bigint; readonly key: string; readonly settled: boolean; readonly at: number }
    | undefined;
  /** What the index was like when it was last looked at for others' changes. */
  #told: { readonly version: string; readonly state: ReadonlyMap<string, number> } | undefined;

  constructor(context: StoreContext, account: string, home: string) {
    this.context = context;
    this.account = account;
    this.folders = new Folders(context, account, home);
    this.index = new AccountIndex(home, context.handles);
  }

  /** Makes the account when it is not there. */
  async open(): Promise<void> {
    await this.#run(`open ${this.account}`, async () => {
      await this.folders.makeReady(INBOX);
      await this.refresh();
    });
    // Mailboxes somebody deleted when we died.
    await rm(join(this.folders.home, REMOVED), { recursive: true, force: true });
  }

  folder(name: string): string {
    return this.folders.path(name);
  }

  complete(name: string): Promise<void> {
    return this.folders.makeReady(name);
  }

  mailboxes(): Promise<readonly Mailbox[]> {
    return this.#every();
  }

  async #every(): Promise<readonly IndexedMailbox[]> {
    await this.refresh();
    return [...this.#byName.values()].sort((one, other) => order(one.name, other.name));
  }

  async mailbox(name: string): Promise<IndexedMailbox | undefined> {
    await this.refresh();
    let canonical: string;
    try {
      canonical = canonicalMailbox(name, this.context.settings);
    } catch {
      return undefined;
    }
    const found = this.#byName.get(canonical);
    const waits = this.#waiting.get(canonical);
    if (found === undefined && waits !== undefined) throw waits;
    return found;
  }

  async usesChanged(): Promise<void> {
    // The time of the folder is what every process looks at before it takes what it knows for true.
    const now = new Date(this.context.now());
    await utimes(this.folders.root, now, now);
    await this.#changed();
  }

  create(name: string, options: { readonly specialUse?: readonly string[] } = {}): Promise<Mailbox> {
    return this.#run(`create ${name}`, async () => {
      const canonical = canonicalMailbox(name, this.context.settings);
      if (await this.folders.exists(canonical))
        throw new StoreError('exists', `${this.account} has a mailbox ${canonical}`);
      await this.context.quota.checkMailboxes(this, 1);
      await this.folders.create(canonical, options.specialUse ?? []);
      await this.#changed();
      const made = this.#byName.get(canonical);
      if (made !== undefined) return made;
      const waits = this.#waiting.get(canonical);
      if (waits === undefined) throw new StoreError('not-found', `${canonical} was removed again`);
      // Who is told that it did not work must not find it later.
      await this.folders.discard(canonical);
      throw waits;
    });
  }

  delete(name: string): Promise<void> {
    return this.#run(`delete ${name}`, async () => {
      const canonical = canonicalMailbox(name, this.context.settings);
      if (canonical === INBOX) throw new StoreError('in-use', 'INBOX stays');
      if (!(await this.folders.exists(canonical))) {
        const children = (await this.folders.list()).some((one) => one.startsWith(`${canonical}/`));
        throw new StoreError(
          children ? 'in-use' : 'not-found',
          `${this.account} has no mailbox ${canonical}${children ? ', only others below' : ''}`,
        );
      }
      const removed = join(this.folders.home, REMOVED);
      const aside = join(removed, this.folders.newId());
      await makeFolders(this.context.disk, removed);
      await this.context.disk.rename(this.folders.path(canonical), aside);
      await this.context.disk.syncFolder(this.folders.root);
      this.folders.forget();
      await this.#changed();
      this.context.log.info({ account: this.account, mailbox: canonical }, 'mailbox deleted');
      void tracked(this.context, () => rm(aside, { recursive: true, force: true })).catch((err: unknown) => {
        this.context.log.warn(
          { account: this.account, path: aside, err },
          'a deleted mailbox cannot be removed',
        );
      });
    });
  }

  rename(from: string, to: string): Promise<void> {
    return this.#run(`rename ${from}`, async () => {
      const { settings, disk } = this.context;
      const [source, target] = [canonicalMailbox(from, settings), canonicalMailbox(to, settings)];
      const names = await this.folders.list();
      if (source === INBOX) return this.#renameInbox(target);
      const moving = names.filter((name) => name === source || name.startsWith(`${source}/`));
      if (moving.length === 0) throw new StoreError('not-found', `${this.account} has no mailbox ${source}`);
      if (names.some((name) => name === target || name.startsWith(`${target}/`)))
        throw new StoreError('exists', `${this.account} has a mailbox ${target}`);
      if (target.startsWith(`${source}/`) || target === INBOX)
        throw new StoreError('in-use', `${source} cannot become ${target}`);
      const pairs = moving.map((name) => ({
        name,
        next: canonicalMailbox(target + name.slice(source.length), settings),
      }));
      for (const { name, next } of pairs) await disk.rename(this.folders.path(name), this.folders.path(next));
      await disk.syncFolder(this.folders.root);
      this.folders.forget();
      await this.#changed();
    });
  }

  /** RFC 9051 §6.3.6: what is in it moves to a new mailbox; what is below it stays. */
  async #renameInbox(target: string): Promise<void> {
    const made = await this.create(target);
    const inbox = await this.mailbox(INBOX);
    await inbox?.copy([...inbox.uids()], made, { move: true });
  }

  subscriptions(): readonly string[] {
    return this.index.read(subscribed);
  }

  usage(below?: string): { readonly messages: number; readonly size: number } {
    return this.index.read((db) => usageOf(db, below));
  }

  subscribe(name: string, wanted: boolean): Promise<boolean> {
    return this.#run(`subscribe to ${name}`, async () => {
      const names = await this.index.write((db) => {
        const had = db.get('SELECT 1 FROM subscription WHERE name = ?', name) !== undefined;
        if (had === wanted) return undefined;
        if (wanted) db.run('INSERT INTO subscription (name) VALUES (?)', name);
        else db.run('DELETE FROM subscription WHERE name = ?', name);
        const all = subscribed(db);
        if (all.length > MAX_SUBSCRIPTIONS)
          throw new StoreError('limit', `an account has at most ${MAX_SUBSCRIPTIONS} subscriptions`);
        countUp(db, 'subscriptions');
        return all;
      });
      if (names === undefined) return false;
      await writeSubscriptions(this.context.disk, this.folders.root, names, this.folders.newId());
      this.#tell('subscriptions', name);
      return true;
    });
  }

  watch(listener: (event: MailEvent) => void): () => void {
    const own = (event: MailEvent): void => listener(event);
    this.#listeners.add(own);
    this.context.poller.add(this);
    this.#remember();
    return () => {
      if (this.#listeners.delete(own)) this.context.poller.remove(this);
    };
  }

  /** What others write from now on is news, though the first look comes later. */
  #remember(): void {
    try {
      this.#told ??= { version: this.index.version(), state: this.#state() };
    } catch (err) {
      this.context.log.debug({ account: this.account, err }, 'what is watched cannot be looked at');
    }
  }

  /** True while somebody waits for events of it. */
  get watched(): boolean {
    return this.#listeners.size > 0;
  }

  emit(event: MailEvent): void {
    if (event.kind === 'messages') {
      this.context.search.notice(this.account, event.mailbox);
      if (this.#trim === undefined) this.#trim = setTimeout(() => this.#trimThreads(), TRIM_DELAY).unref();
    }
    if (event.kind === 'mailboxes') this.context.search.notice(this.account);
    for (const listener of this.#listeners) listener(event);
    if (event.mailbox !== undefined) this.#byName.get(event.mailbox)?.notify(event);
  }

  #trimThreads(): void {
    const { context, index, account } = this;
    if (context.closing) return;
    void tracked(context, async () => {
      const removed = await trimThreads(index, () => context.closing);
      if (removed > 0)
        context.log.debug({ account, removed }, 'references of threads that are gone forgotten');
    })
      .catch((err: unknown) =>
        context.log.debug({ account, err }, 'references of threads cannot be forgotten'),
      )
      .finally(() => {
        this.#trim = undefined;
      });
  }

  /** For the poller: what other processes have written to the index, and mailboxes that came or went. */
  async poll(): Promise<void> {
    const closed = this.index.closedVersion;
    const rests = closed !== undefined && (this.#rested === undefined || this.#rested === closed);
    this.#rested = closed;
    // An index that was closed for others is not opened while nothing has happened.
    const known = this.#told !== undefined && this.#listed?.settled === true;
    if (known && this.#folderTime() === this.#listed?.time) {
      if (rests) return;
      // The usual case: neither another process nor another program has done anything.
      if (closed === undefined) this.index.verify();
      if (closed === undefined && this.index.version() === this.#told?.version) return;
    }
    await this.refresh();
    const version = this.index.version();
    if (version === this.#told?.version) return;
    const state = this.#state();
    const before = this.#told?.state;
    this.#told = { version, state };
    if (before === undefined) return;
    for (const [key, value] of state) {
      if (before.get(key) === value) continue;
      const name = this.#byId.get(key)?.name;
      if (name !== undefined) this.#tell('messages', name);
      else if (key === 'subscriptions' || key === 'mailboxes') this.#tell(key);
    }
  }

  #folderTime(): bigint | undefined {
    return lstatSync(this.folders.root, { bigint: true, throwIfNoEntry: false })?.mtimeNs;
  }

  /** MODSEQ by mailbox, and the counters. No MAILBOXID is called like those: they are longer. */
  #state(): Map<string, number> {
    return this.index.read((db) => {
      const state = new Map(mailboxRows(db).map((row) => [row.mailboxId, row.modseq]));
      for (const name of ['mailboxes', 'subscriptions']) state.set(name, counter(db, name));
      return state;
    });
  }

  /** Sees to it that the mailboxes are those that there are. Cheap when nothing has happened. */
  refresh(): Promise<void> {
    const next = this.#refreshing.then(() => this.#refresh());
    this.#refreshing = next.catch(() => undefined);
    return next;
  }

  async #changed(): Promise<void> {
    this.#listed = undefined;
    await this.refresh();
  }

  async #refresh(): Promise<void> {
    let time: bigint;
    try {
      const root = lstatSync(this.folders.root, { bigint: true });
      if (root.isSymbolicLink()) throw linkError(basename(this.folders.root));
      time = root.mtimeNs;
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
      // Somebody removed the account since it was opened.
      this.folders.forget();
      await this.folders.makeReady(INBOX);
      time = lstatSync(this.folders.root, { bigint: true }).mtimeNs;
    }
    this.index.verify();
    const mailboxes = this.index.read((db) => counter(db, 'mailboxes'));
    const key = `${time} ${this.index.generation} ${mailboxes}`;
    const listed = this.#listed;
    const { now } = this.context;
    if (listed?.key === key && (listed.settled || performance.now() - listed.at < FRESH)) return;
    const settled = now() - Number(time / 1_000_000n) > SETTLED;
    this.#waiting = await adoptFolders(this.context, this.index, this.folders, this.#kept);
    if (mailboxes === 0) await this.#takeSubscriptions();
    this.#take();
    const after = this.index.read((db) => counter(db, 'mailboxes'));
    // Another one when facts were written just now: then it is looked at once more.
    this.#listed = {
      time,
      key: `${time} ${this.index.generation} ${after}`,
      settled: settled && this.#waiting.size === 0,
      at: performance.now(),
    };
  }

  /** The index is new: what survived is in a file. */
  async #takeSubscriptions(): Promise<void> {
    const names = await readSubscriptions(this.folders.root);
    if (names.length === 0) return;
    await this.index.write((db) => {
      for (const name of names.slice(0, MAX_SUBSCRIPTIONS))
        db.run('INSERT OR IGNORE INTO subscription (name) VALUES (?)', name);
    });
  }

  #take(): void {
    const byId = new Map<string, IndexedMailbox>();
    const byName = new Map<string, IndexedMailbox>();
    for (const row of this.index.read(mailboxRows)) {
      const known = this.#byId.get(row.mailboxId);
      const mailbox = known?.uidValidity === row.uidValidity ? known : new IndexedMailbox(this, row);
      mailbox.name = row.name;
      mailbox.taken = this.#kept.get(row.mailboxId);
      mailbox.specialUse = row.specialUse;
      byId.set(row.mailboxId, mailbox);
      byName.set(row.name, mailbox);
    }
    const before = this.#byId;
    const had = this.#byName;
    this.#byId = byId;
    this.#byName = byName;
    // Whoever made, renamed or removed them: a command, a delivery, another program. At first all are new, to nobody.
    if (had.size > 0)
      for (const name of new Set([...had.keys(), ...byName.keys()]))
        if (had.has(name) !== byName.has(name)) this.#tell('mailboxes', name);
    // Who has it open hears that it is gone.
    for (const [id, mailbox] of before)
      if (byId.get(id) !== mailbox)
        mailbox.notify({ kind: 'mailboxes', account: this.account, mailbox: mailbox.name });
  }

  /** Puts the index aside; a new one gives the messages the UIDs in `kept`, by MAILBOXID. */
  async replaceIndex(kept: ReadonlyMap<string, TakenUids>): Promise<void> {
    this.#kept = kept;
    this.index.discard(new StoreError('io', 'it is made anew on demand'));
    try {
      const mailboxes = await this.#every();
      for (const waits of this.#waiting.values()) throw waits;
      let fault: unknown;
      for (const mailbox of mailboxes) {
        try {
          await mailbox.scanned();
          await mailbox.describe([[1, 0xffff_ffff]]);
        } catch (error) {
          // The others keep their UIDs now or never.
          fault ??= error;
        }
      }
      if (fault !== undefined) throw fault;
    } finally {
      this.#kept = new Map();
      for (const mailbox of this.#byId.values()) mailbox.taken = undefined;
    }
  }

  /** Lets the files follow the index now. */
  async settle(): Promise<void> {
    for (const mailbox of this.#byId.values()) await mailbox.settle();
  }

  #tell(kind: MailEvent['kind'], mailbox?: string): void {
    this.emit({ kind, account: this.account, ...(mailbox === undefined ? {} : { mailbox }) });
  }

  #run<T>(what: string, work: () => Promise<T>): Promise<T> {
    return tracked(this.context, async () => {
      try {
        return await work();
      } catch (error) {
        throw storeError(error, `${this.account}: cannot ${what}`);
      }
    });
  }
}

/** INBOX first, a level before what is below it. */
function order(one: string, other: string): number {
  const key = (name: string): string => `${name === INBOX ? 0 : 1}${name.replaceAll('/', '\0')}`;
  const [a, b] = [key(one), key(other)];
  return a < b ? -1 : a > b ? 1 : 0;
}

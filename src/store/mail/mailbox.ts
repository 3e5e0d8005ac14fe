import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode } from '../durable.ts';
import type { AccountIndex } from '../index/account-index.ts';
import { keepContent, type KeptContent, keptContent } from '../index/contents.ts';
import type { IndexDatabase } from '../index/database.ts';
import { mailboxNumber, mailboxRow, saveMailbox } from '../index/mailboxes.ts';
import {
  changesSince,
  factsBetween,
  type FileRow,
  fileRow,
  filesBetween,
  pagedFacts,
  statusOf,
  uidsOf,
} from '../index/messages.ts';
import { StoreError } from '../types.ts';
import { append } from './append.ts';
import type { MessageContent } from './content-types.ts';
import { tracked, type StoreContext } from './context.ts';
import { copy, type CopyOptions } from './copy.ts';
import { type MailboxCore, readMailbox } from './core.ts';
import { Describer } from './describer.ts';
import { storeError } from './errors.ts';
import { FileWork } from './file-work.ts';
import { MailboxFiles } from './files.ts';
import { expunge, storeFlags } from './flag-change.ts';
import { describeSafely } from './incoming.ts';
import { teaching } from './lessons.ts';
import { folderTimes, rememberScan, scan } from './scan.ts';
import type {
  Appended,
  AppendOptions,
  Copied,
  FlagChange,
  Mailbox,
  MailboxChanges,
  MailboxStatus,
  MailEvent,
  MessageFacts,
  MessagePlace,
  NewMessage,
  Stored,
  UidRange,
} from './types.ts';

import type { TakenUids } from './uid-list.ts';

/** Milliseconds after which a folder has surely another time when it is changed again. */
const SETTLED = 2000;
/** Milliseconds in which several claims of what is recent share a transaction. */
const CLAIM_DELAY = 1000;
/** Milliseconds a scan may have taken for the next one to be allowed at once. */
const QUICK = 50;
/**
 * Milliseconds of work that a file can cost a scan. What it takes beyond that is waiting for the disk or for other
 * programs, and is no reason to look less often.
 */
const WORK_OF_A_FILE = 0.05;

/** What a mailbox asks of its account. */
export interface MailboxHost {
  readonly account: string;
  readonly context: StoreContext;
  readonly index: AccountIndex;
  folder(name: string): string;
  /** Looks at the folders again; the mailbox may have another name then, or be gone. */
  refresh(): Promise<void>;
  /** Completes the folders of a mailbox. */
  complete(name: string): Promise<void>;
  emit(event: MailEvent): void;
  /** While somebody watches, what other processes write to the index is told. Returns what ends it. */
  watch(listener: (event: MailEvent) => void): () => void;
}

/** A mailbox of the index, and the folder with its files. */
export class IndexedMailbox implements Mailbox, MailboxCore {
  readonly account: string;
  readonly context: StoreContext;
  readonly index: AccountIndex;
  readonly mailboxId: string;
  readonly uidValidity: number;
  readonly selectable = true;
  readonly files: MailboxFiles;
  /** Set by the account. */
  name: string;
  specialUse: readonly string[];
  taken: TakenUids | undefined;
  readonly #host: MailboxHost;
  readonly #work: FileWork;
  readonly #describer: Describer;
  readonly #listeners = new Set<(event: MailEvent) => void>();
  #seen: { readonly times: string; readonly settled: boolean; readonly generation: number } | undefined;
  #scanned = { at: -Infinity, duration: 0 };
  #scanning: Promise<void> | undefined;
  #touched = false;
  /** The disk was full when we last looked. */
  #noRoom = false;
  /** What the index was like when it was closed and nobody had to look into it. */
  #rested: string | undefined;
  /** First UID that no session of this process was told of as recent. */
  #claimed = 0;
  #keepClaim: NodeJS.Timeout | undefined;

  constructor(host: MailboxHost, known: Pick<Mailbox, 'mailboxId' | 'uidValidity' | 'name' | 'specialUse'>) {
    this.#host = host;
    this.account = host.account;
    this.context = host.context;
    this.index = host.index;
    this.mailboxId = known.mailboxId;
    this.uidValidity = known.uidValidity;
    this.name = known.name;
    this.specialUse = known.specialUse;
    this.files = new MailboxFiles(() => host.folder(this.name));
    this.#work = new FileWork(this);
    this.#describer = new Describer(this);
  }

  get readOnly(): boolean {
    return this.index.readOnly;
  }

  status(): MailboxStatus {
    return readMailbox(this, (db, row) =>
      statusOf(db, { ...row, firstRecent: Math.max(row.firstRecent, this.#claimed) }),
    );
  }

  uids(): Uint32Array {
    return new Uint32Array(readMailbox(this, (db, row) => uidsOf(db, row.id))).sort();
  }

  facts(uids: readonly UidRange[]): Iterable<MessageFacts> {
    return pagedFacts(
      (first, last) => this.#read((db, number) => factsBetween(db, number, first, last)),
      uids,
    );
  }

  departed(uids: readonly number[]): MessageFacts[] {
    return this.context.departed.find(this.mailboxId, uids);
  }

  changes(since: number): MailboxChanges {
    return this.index.read((db) => {
      // Asked for after every command: mostly nothing has happened, and one row says so.
      const row = mailboxRow(db, this.mailboxId);
      if (row.modseq <= since) return changesSince(db, row, since);
      return db.together(() => changesSince(db, mailboxRow(db, this.mailboxId), since));
    });
  }

  held(emailId: string): Buffer | undefined {
    return this.context.bodies.get(emailId);
  }

  describe(uids: readonly UidRange[]): Promise<void> {
    return this.#run('describe messages', () => this.#describer.describe(uids));
  }

  async content(uid: number): Promise<MessageContent | undefined> {
    const look = (): KeptContent | undefined => this.#read((db, number) => keptContent(db, number, uid));
    let found = look();
    if (found?.emailId === '') {
      await this.describe([[uid, uid]]);
      found = look();
    }
    if (found === undefined || found.emailId === '') return undefined;
    if (found.json !== undefined) return JSON.parse(found.json) as MessageContent;
    const octets = await this.bytes(uid);
    if (octets === undefined) return undefined;
    const content = describeSafely(this.context, octets);
    if (content !== undefined && !this.readOnly)
      await this.index.write((db) => {
        keepContent(db, mailboxRow(db, this.mailboxId).id, uid, JSON.stringify(content));
      });
    return content;
  }

  bytes(uid: number, range?: { readonly start: number; readonly end: number }): Promise<Buffer | undefined> {
    return this.#run(`read message ${uid}`, async () => {
      const look = (): FileRow | undefined => this.#read((db, number) => fileRow(db, number, uid));
      let row = look();
      if (row?.emailId === '') {
        await this.#describer.describe([[uid, uid]]);
        row = look();
      }
      // What cannot be read is as good as gone.
      if (row === undefined || row.emailId === '') return undefined;
      const cached = this.context.bodies.get(row.emailId);
      if (cached !== undefined) return range === undefined ? cached : cached.subarray(range.start, range.end);
      // The whole of a small one: whoever asks for a part asks for the next.
      const whole = range === undefined || row.lf || row.size <= this.context.settings.index.cacheBytes / 64;
      if (!whole) return this.files.read(row, range);
      const octets = await this.files.read(row);
      if (octets === undefined) return undefined;
      this.context.bodies.put(row.emailId, octets);
      return range === undefined ? octets : octets.subarray(range.start, range.end);
    });
  }

  places(uids: readonly UidRange[]): MessagePlace[] {
    const { files } = this;
    return readMailbox(this, (db, { id }) =>
      uids.flatMap(([first, last]) =>
        filesBetween(db, id, first, last).map((row) => {
          const { uid, name, size, lf, emailId } = row;
          return { uid, path: files.path(name, files.placeOf(row)), size, lf, emailId };
        }),
      ),
    );
  }

  append(messages: readonly NewMessage[], options: AppendOptions = {}): Promise<Appended> {
    const { mailbox: core, uid } = options.replacing ?? {};
    if (core !== undefined && !(core instanceof IndexedMailbox))
      throw new StoreError('io', 'messages are replaced within one store');
    const replacing = core === undefined || uid === undefined ? undefined : { core, uid };
    return this.#run('append', () =>
      teaching(this, options.lesson, (lesson) => append(this, messages, { lesson, replacing })),
    );
  }

  store(uids: readonly number[], change: FlagChange): Promise<Stored> {
    return this.#run('store flags', () =>
      teaching(this, change.lesson, (lesson) => storeFlags(this, uids, { ...change, lesson })),
    );
  }

  expunge(uids?: readonly number[] | number): Promise<readonly number[]> {
    return this.#run('expunge', () => expunge(this, uids));
  }

  copy(uids: readonly number[], target: Mailbox, options: CopyOptions = {}): Promise<Copied> {
    if (!(target instanceof IndexedMailbox))
      throw new StoreError('io', 'messages are copied within one store');
    return this.#run('copy', () =>
      teaching(target, options.lesson, (lesson) => copy(this, uids, target, { ...options, lesson })),
    );
  }

  recentFrom(told = 0): number {
    const row = readMailbox(this, (_, one) => one);
    const first = Math.max(row.firstRecent, this.#claimed);
    if (told < first) return first;
    this.#claimed = Math.min(told + 1, row.uidNext);
    // Nobody waits for it to be on the disk: should it be lost, the messages are recent once more.
    if (this.#keepClaim !== undefined) return first;
    this.#keepClaim = setTimeout(() => {
      this.#keepClaim = undefined;
      void this.#run('claim what is recent', () => this.#saveClaim()).catch(() => undefined);
    }, CLAIM_DELAY).unref();
    return first;
  }

  #saveClaim(): Promise<void> {
    return this.index.write((db) => {
      const row = mailboxRow(db, this.mailboxId);
      row.firstRecent = Math.max(row.firstRecent, this.#claimed);
      saveMailbox(db, row);
    });
  }

  watch(listener: (event: MailEvent) => void): () => void {
    // One of its own each time: the same function may watch twice.
    const own = (event: MailEvent): void => listener(event);
    this.#listeners.add(own);
    this.context.poller.add(this);
    // This one looks at the files; what other processes take in is in the index, which is the account's.
    const stop = this.#host.watch(() => undefined);
    return () => {
      if (!this.#listeners.delete(own)) return;
      this.context.poller.remove(this);
      stop();
    };
  }

  durable(): Promise<void> | undefined {
    // That it failed is told to whoever has changed it.
    return this.index.syncing?.catch(() => undefined);
  }

  /** For the poller. An index that was closed for others is not opened while nothing has happened. */
  async poll(): Promise<void> {
    const closed = this.index.closedVersion;
    const rests = closed !== undefined && (this.#rested === undefined || this.#rested === closed);
    this.#rested = closed;
    // Of an index that is open, the account looks whether it is the same still.
    const asBefore = rests || (closed === undefined && this.#seen?.generation === this.index.generation);
    if (!asBefore || !this.#isAsSeen()) await this.sync();
  }

  #isAsSeen(): boolean {
    if (this.#seen?.settled !== true) return false;
    try {
      return folderTimes(this.files.folder).text === this.#seen.times;
    } catch {
      return false;
    }
  }

  notify(event: MailEvent): void {
    for (const listener of this.#listeners) listener(event);
  }

  tell(kind: MailEvent['kind']): void {
    this.#host.emit({ kind, account: this.account, mailbox: this.name });
  }

  touched(): void {
    this.#touched = true;
  }

  writeFlags(): void {
    this.#work.writeFlags();
  }

  removeFiles(files: Parameters<MailboxCore['removeFiles']>[0]): void {
    this.#work.remove(files);
  }

  /** Lets the files follow the index now. */
  async settle(): Promise<void> {
    await this.#scanning;
    if (this.#keepClaim !== undefined) {
      clearTimeout(this.#keepClaim);
      this.#keepClaim = undefined;
      // Should it be lost, the messages are recent once more.
      await this.#saveClaim().catch(() => undefined);
    }
    await this.#work.finish();
  }

  sync(): Promise<void> {
    return this.#rests() ? Promise.resolve() : this.#lookIfRoom();
  }

  /** As {@link sync}, but says so when there is no room for what others did. */
  scanned(): Promise<void> {
    return this.#look();
  }

  /** On a full disk what the index knows can be read; what others did since is taken in when there is room. */
  async #lookIfRoom(): Promise<void> {
    try {
      await this.#look();
      this.#noRoom = false;
    } catch (err) {
      const known = err instanceof StoreError && err.reason === 'full' && this.#wasScanned();
      if (!known) throw err;
      if (!this.#noRoom)
        this.context.log.warn(
          { account: this.account, mailbox: this.name, err },
          'no room to take in what others did in a mailbox',
        );
      this.#noRoom = true;
    }
  }

  /** Before the first time a mailbox would look empty. */
  #wasScanned(): boolean {
    return readMailbox(this, (_, row) => row.scanned) !== '';
  }

  /** Nothing has happened since the last look, or it is too soon for another: the usual case, found out at once. */
  #rests(): boolean {
    if (this.#scanning !== undefined || this.#seen === undefined) return false;
    // Then it does not matter what the folders are like.
    if (this.#seen.generation === this.index.generation && this.#tooSoon(false)) return true;
    try {
      this.index.verify();
      if (this.#seen.generation !== this.index.generation) return false;
      const same = folderTimes(this.files.folder).text === this.#seen.times;
      return (same && this.#seen.settled) || this.#tooSoon(same);
    } catch {
      // Whatever it is, the look itself will say it.
      return false;
    }
  }

  #look(): Promise<void> {
    return this.#run('look for changes', async () => {
      // One that runs may have read the folder before what the caller knows of.
      if (this.#scanning !== undefined) await this.#scanning.catch(() => undefined);
      this.index.verify();
      // What the index says is all there is to be said.
      if (this.readOnly) return;
      const { times, youngest } = await this.#times();
      if (this.#scanning !== undefined) return this.#scanning;
      const first = this.#seen === undefined;
      if (this.#seen?.generation !== this.index.generation) {
        const scanned = readMailbox(this, (_, row) => row.scanned);
        this.#seen = { times: scanned, settled: true, generation: this.index.generation };
      }
      if (first) {
        this.#work.resume();
        this.#describer.resume();
      }
      if (this.#seen.times === times && this.#seen.settled) return;
      const same = this.#seen.times === times;
      if (this.#tooSoon(same)) return;
      const expectsNothing = (same || this.#touched) && this.#scanned.duration > QUICK;
      this.#scanning = this.#scan(times, youngest).finally(() => {
        this.#scanning = undefined;
      });
      if (!expectsNothing) return this.#scanning;
      // Whoever opens a large mailbox does not wait for a second look at what we ourselves have done.
      void tracked(this.context, async () => this.#scanning).catch((err: unknown) => {
        this.context.log.warn(
          { account: this.account, mailbox: this.name, err },
          'a mailbox cannot be scanned',
        );
      });
    });
  }

  /** Reads what is of messages, with the number of the mailbox in the index. */
  #read<T>(work: (db: IndexDatabase, number: number) => T): T {
    return this.index.read((db) => work(db, mailboxNumber(db, this.mailboxId)));
  }

  #tooSoon(sameTimes: boolean): boolean {
    const { scanInterval, scanShare } = this.context.settings.index;
    const { at, duration } = this.#scanned;
    const since = performance.now() - at;
    if (duration > QUICK && since < duration * scanShare) return true;
    return (this.#touched || sameTimes) && since < scanInterval;
  }

  async #scan(times: string, youngest: number): Promise<void> {
    const start = performance.now();
    const { generation } = this.index;
    // What we do from now on may or may not be seen.
    this.#touched = false;
    const settled = this.context.now() - youngest > SETTLED;
    let work = Number.POSITIVE_INFINITY;
    try {
      if (await scan(this)) this.#describer.resume();
      work = readMailbox(this, (_, row) => row.messages) * WORK_OF_A_FILE;
      if (settled) await rememberScan(this, times);
      this.#seen = { times, settled, generation };
    } finally {
      const end = performance.now();
      this.#scanned = { at: end, duration: Math.min(end - start, work) };
    }
  }

  async #times(): Promise<{ times: string; youngest: number }> {
    for (let attempt = 0; ; attempt++) {
      try {
        const { text, youngest } = folderTimes(this.files.folder);
        return { times: text, youngest };
      } catch (error) {
        if (errorCode(error) !== 'ENOENT' || attempt > 1) throw error;
      }
      // Renamed or removed by somebody else, or never whole.
      await this.#host.refresh();
      readMailbox(this, () => undefined);
      await this.#host.complete(this.name);
      await sleep(0);
    }
  }

  /** Every failure as a {@link StoreError}; once more when the folder is elsewhere than we thought. */
  #run<T>(what: string, work: () => Promise<T>): Promise<T> {
    return tracked(this.context, async () => {
      try {
        try {
          return await work();
        } catch (error) {
          if (errorCode(error) !== 'ENOENT') throw error;
          await this.#host.refresh();
          readMailbox(this, () => undefined);
          return await work();
        }
      } catch (error) {
        throw storeError(error, `${this.account}: cannot ${what} in ${this.name}`);
      }
    });
  }
}

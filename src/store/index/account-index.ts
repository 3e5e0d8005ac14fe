import { lstatSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Log } from '../../log.ts';
import { errorCode } from '../durable.ts';
import { linkError, type StoreError } from '../types.ts';
import {
  type IndexDatabase,
  indexError,
  isBusy,
  isDamage,
  isMisunderstood,
  moveAside,
  openIndex,
} from './database.ts';
import type { IndexSettings } from './settings.ts';

const INDEX_FILE = 'index.sqlite';
/** Milliseconds of work that share a transaction; the rest waits for the next turn, so that other users get theirs. */
const TURN = 10;
/** Milliseconds between two tries for a lock that another process holds. */
const RETRY = 4;

interface Job {
  readonly lazy: boolean;
  run(db: IndexDatabase): void;
  /** With what went wrong, or nothing. */
  done(error?: unknown): void;
}

/** A job that has run, and what went wrong. */
interface Done {
  readonly job: Job;
  readonly error?: unknown;
}

/** The indexes that are open: the one used longest ago is closed for another. */
export class IndexHandles {
  readonly settings: IndexSettings;
  readonly log: Log;
  readonly now: () => number;
  readonly #open = new Map<string, IndexDatabase>();
  /** The one used last, at the end of the row already. */
  #last: { readonly path: string; readonly db: IndexDatabase } | undefined;

  constructor(settings: IndexSettings, log: Log, now: () => number) {
    this.settings = settings;
    this.log = log;
    this.now = now;
  }

  use(path: string): IndexDatabase {
    if (this.#last?.path === path) return this.#last.db;
    const known = this.#open.get(path);
    if (known !== undefined) {
      this.#open.delete(path);
      this.#open.set(path, known);
      this.#last = { path, db: known };
      return known;
    }
    const home = dirname(path);
    // It would be the index of another.
    if (lstatSync(home, { throwIfNoEntry: false })?.isSymbolicLink() === true)
      throw linkError(basename(home));
    const opened = openIndex(path, this.log, this.now);
    this.#open.set(path, opened);
    this.#last = { path, db: opened };
    for (const [other, db] of this.#open) {
      if (this.#open.size <= this.settings.handles) break;
      this.#open.delete(other);
      db.close();
    }
    return opened;
  }

  isOpen(path: string): boolean {
    return this.#open.has(path);
  }

  close(path?: string): void {
    this.#last = undefined;
    for (const [one, db] of this.#open) {
      if (path !== undefined && one !== path) continue;
      this.#open.delete(one);
      db.close();
    }
  }
}

/**
 * The index of one account. Reads are answered at once. Changes that are asked for in one turn of the event loop share a
 * transaction, each in a savepoint of its own, and transactions that end while the disk is busy share the next fsync: ten
 * clients wait for one together, and nobody else does.
 */
export class AccountIndex {
  readonly path: string;
  readonly #handles: IndexHandles;
  readonly #queue: Job[] = [];
  #scheduled = false;
  /** When the oldest job began to wait for a lock. */
  #waiting: number | undefined;
  #used: IndexDatabase | undefined;
  #generation = 0;

  constructor(home: string, handles: IndexHandles) {
    this.path = join(home, INDEX_FILE);
    this.#handles = handles;
  }

  /** Another one than before: what was read before may be outdated without a change having been told. */
  get generation(): number {
    return this.#generation;
  }

  /** Errors are {@link StoreError}. */
  read<T>(work: (db: IndexDatabase) => T): T {
    try {
      return work(this.#db());
    } catch (error) {
      throw this.#failed(error);
    }
  }

  /**
   * Durable when it resolves; with `lazy`, with the next change that is not. `work` runs once or not at all, without waiting
   * for anything; what it throws undoes it.
   */
  write<T>(work: (db: IndexDatabase) => T, { lazy = false } = {}): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      let result: { value: T } | undefined;
      this.#queue.push({
        lazy,
        run(db) {
          result = { value: work(db) };
        },
        done: (error) => {
          if (error !== undefined) reject(error);
          else if (result !== undefined) resolve(result.value);
        },
      });
      this.#schedule();
    });
  }

  /** The disk takes no changes. */
  get readOnly(): boolean {
    return this.read((db) => db.readOnly);
  }

  /** Resolves when all that can be read now is on the disk; undefined when it is. */
  get syncing(): Promise<void> | undefined {
    return this.#used?.durable;
  }

  /**
   * Another text than before: another process has changed something, or may have. An index that is not open is not opened
   * for that.
   */
  version(): string {
    if (this.#handles.isOpen(this.path)) return `${this.#generation} ${this.read((db) => db.dataVersion())}`;
    try {
      const { mtimeNs, size } = statSync(`${this.path}-wal`, { bigint: true });
      return `closed ${mtimeNs} ${size}`;
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return 'closed';
      throw indexError(error, 'the index of the account cannot be looked at');
    }
  }

  /** What {@link version} says of an index that is closed; undefined for one that is open. */
  get closedVersion(): string | undefined {
    return this.#handles.isOpen(this.path) ? undefined : this.version();
  }

  /** Looks whether the file is still the one we have open; opens what is there when not. */
  verify(): void {
    if (this.#used?.inPlace() === false) this.#drop();
  }

  /** Closes it until it is used again. */
  close(): void {
    this.#drop();
  }

  /** Renames the file: the next use makes a new one. */
  discard(reason: unknown): void {
    this.#drop();
    moveAside(this.path, reason, this.#handles.log, this.#handles.now);
  }

  #drop(): void {
    this.#handles.close(this.path);
    this.#used = undefined;
    this.#generation++;
  }

  #db(): IndexDatabase {
    const db = this.#handles.use(this.path);
    if (db !== this.#used) {
      this.#used = db;
      this.#generation++;
    }
    return db;
  }

  #failed(error: unknown): StoreError {
    if (isDamage(error)) {
      try {
        this.discard(error);
      } catch (err) {
        this.#handles.log.error({ path: this.path, err }, 'a damaged index cannot be moved aside');
      }
    }
    // When it is opened again its tables are looked at.
    if (isMisunderstood(error)) this.#drop();
    return indexError(error, 'the index of the account cannot be used');
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    setImmediate(() => this.#flush());
  }

  #flush(): void {
    this.#scheduled = false;
    let db: IndexDatabase;
    try {
      this.verify();
      db = this.#db();
      db.run('BEGIN IMMEDIATE');
    } catch (error) {
      return this.#refused(error);
    }
    this.#waiting = undefined;
    // One alone needs no savepoint: what it throws ends the transaction.
    if (this.#queue.length === 1) return this.#runAlone(db);
    const done: Done[] = [];
    let fatal: unknown;
    const end = performance.now() + TURN;
    for (let job = this.#queue.shift(); job !== undefined; job = this.#queue.shift()) {
      let error: unknown;
      try {
        db.run('SAVEPOINT job');
        try {
          job.run(db);
        } catch (cause) {
          error = cause;
          db.run('ROLLBACK TO job');
        }
        db.run('RELEASE job');
      } catch (cause) {
        // The whole transaction is gone: SQLite ends it itself when the disk is full.
        fatal = error ?? cause;
      }
      done.push({ job, error });
      if (fatal !== undefined || performance.now() > end) break;
    }
    this.#end(db, done, fatal);
    if (this.#queue.length > 0) this.#schedule();
  }

  #runAlone(db: IndexDatabase): void {
    const job = this.#queue.shift();
    if (job === undefined) return;
    let fatal: unknown;
    try {
      job.run(db);
    } catch (error) {
      fatal = error;
    }
    this.#end(db, [{ job }], fatal);
  }

  #end(db: IndexDatabase, done: readonly Done[], fatal: unknown): void {
    let failure = fatal;
    let changed = true;
    if (failure === undefined) {
      try {
        changed = db.hasChanged();
        db.run('COMMIT');
      } catch (error) {
        failure = error;
      }
    }
    if (failure !== undefined) {
      try {
        db.run('ROLLBACK');
      } catch {
        // There is none any more.
      }
    }
    if (failure !== undefined) return this.#answer(done, failure);
    const waits = ({ job, error }: Done): boolean => !job.lazy && error === undefined;
    this.#answer(done.filter((one) => !waits(one)));
    const waiting = done.filter(waits);
    if (waiting.length > 0) void this.#sync(db, waiting, changed);
  }

  async #sync(db: IndexDatabase, done: readonly Done[], changed: boolean): Promise<void> {
    let failure: unknown;
    try {
      // Who has changed nothing may have seen what another has: that must be on the disk before we answer, too.
      await (changed ? db.sync() : db.durable);
    } catch (error) {
      failure = error;
      // What the disk holds is not known: the next look is at the file.
      this.#drop();
    }
    this.#answer(done, failure);
  }

  #answer(done: readonly Done[], failure?: unknown): void {
    // A file that is damaged is moved aside once, whoever noticed it.
    const shared = failure === undefined ? undefined : this.#failed(failure);
    for (const { job, error } of done)
      job.done(shared ?? (error === undefined ? undefined : this.#failed(error)));
  }

  /** There is no transaction: wait for the lock, or give up. */
  #refused(error: unknown): void {
    const now = performance.now();
    this.#waiting ??= now;
    if (isBusy(error) && now - this.#waiting < this.#handles.settings.lockWait) {
      this.#scheduled = true;
      setTimeout(() => this.#flush(), RETRY);
      return;
    }
    this.#waiting = undefined;
    const failure = this.#failed(error);
    for (const job of this.#queue.splice(0)) job.done(failure);
  }
}

import { renameSync, statSync } from 'node:fs';
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import type { Log } from '../../log.ts';
import { createPrivateFile } from '../../state/private-file.ts';
import { isOnReadOnlyDisk, openReadOnly } from '../../state/read-only.ts';
import { useWriteAheadLog } from '../../state/write-ahead-log.ts';
import { errorCode } from '../durable.ts';
import { readOnlyError, StoreError } from '../types.ts';
import { SCHEMA, SCHEMA_VERSION, UPGRADES } from './schema.ts';
import { WalSync } from './wal-sync.ts';

/** Milliseconds SQLite itself waits for a lock: calls run on the main thread, we wait without holding up others. */
const LOCK_WAIT = 5;
/**
 * Octets of the write-ahead log that are left after a checkpoint, and from which on there is one: that waits for the disk on
 * the main thread, so it is not to come often.
 */
const WAL_SIZE = 8 * 1024 * 1024;
/** Octets of a page of SQLite. */
const PAGE = 4096;
/** KiB of pages kept in memory by each handle. */
const CACHE = 4096;

const SQLITE_ERROR = 1;
const SQLITE_BUSY = 5;
const SQLITE_READONLY = 8;
const SQLITE_CORRUPT = 11;
const SQLITE_FULL = 13;
const SQLITE_NOTADB = 26;

/** What SQLite does not notice by itself. */
export class IndexDamage extends Error {
  override readonly name = 'IndexDamage';
}

/** An open index file. Calls are answered at once; rows are arrays in the order of the columns. */
export class IndexDatabase {
  readonly path: string;
  /** On a disk that takes no changes. */
  readonly readOnly: boolean;
  readonly #db: DatabaseSync;
  readonly #inode: bigint;
  readonly #statements = new Map<string, StatementSync>();
  /** Numbers of mailboxes by MAILBOXID, as last read: see `mailboxNumber`. */
  readonly mailboxNumbers = new Map<string, number>();
  readonly #memory = new Map<string, { readonly version: number; readonly value: unknown }>();
  readonly #wal: WalSync | undefined;
  #changes = 0;
  /** What of other connections is known to be on the disk, as their {@link dataVersion}. */
  #durable: number | undefined;

  private constructor(path: string, db: DatabaseSync, readOnly: boolean) {
    this.path = path;
    this.readOnly = readOnly;
    this.#db = db;
    this.#inode = statSync(path, { bigint: true }).ino;
    this.#wal = readOnly ? undefined : new WalSync(path);
  }

  /** Creates it where there is none. Errors are those of SQLite and node:fs; a {@link StoreError} for a newer schema. */
  static open(path: string): IndexDatabase {
    if (isOnReadOnlyDisk(path)) return IndexDatabase.#openReadOnly(path);
    createPrivateFile(path);
    const db = new DatabaseSync(path, { timeout: LOCK_WAIT });
    try {
      useWriteAheadLog(db);
      db.exec(
        // What a commit has written is synced by `sync`.
        `PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = ${WAL_SIZE};
         PRAGMA wal_autocheckpoint = ${WAL_SIZE / PAGE};
         PRAGMA cache_size = -${CACHE}; PRAGMA trusted_schema = OFF`,
      );
      prepareSchema(db);
      checkTables(db);
      return new IndexDatabase(path, db, false);
    } catch (error) {
      db.close();
      throw openingError(error);
    }
  }

  /** As it was left; one that is not there cannot be made. */
  static #openReadOnly(path: string): IndexDatabase {
    const db = openReadOnly(path);
    try {
      refuseNewer(versionOf(db));
      checkTables(db);
      return new IndexDatabase(path, db, true);
    } catch (error) {
      db.close();
      throw openingError(error);
    }
  }

  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller knows the columns it asks for
  get<T extends readonly unknown[]>(sql: string, ...values: readonly SQLInputValue[]): T | undefined {
    return this.#statement(sql).get(...values) as unknown as T | undefined;
  }

  all<T extends readonly unknown[]>(sql: string, ...values: readonly SQLInputValue[]): T[] {
    return this.#statement(sql).all(...values) as unknown as T[];
  }

  /** Rows that were changed, and the id of the row that was inserted. */
  run(sql: string, ...values: readonly SQLInputValue[]): { changes: number; id: number } {
    const { changes, lastInsertRowid } = this.#statement(sql).run(...values);
    return { changes: Number(changes), id: Number(lastInsertRowid) };
  }

  /** Several reads of one state: what another process commits comes before all of them, or behind. */
  together<T>(read: () => T): T {
    if (this.#db.isTransaction) return read();
    this.run('BEGIN');
    try {
      return read();
    } finally {
      // An error may have ended it.
      if (this.#db.isTransaction) this.run('COMMIT');
    }
  }

  /** Whole numbers of one column: `SELECT json_group_array(…)`, the quickest way to get many. */
  numbers(sql: string, ...values: readonly SQLInputValue[]): number[] {
    const [text] = this.get<[string]>(sql, ...values) ?? ['[]'];
    return JSON.parse(text) as number[];
  }

  /** Another one than before: another connection has changed something. */
  dataVersion(): number {
    return this.get<[number]>('PRAGMA data_version')?.[0] ?? 0;
  }

  /** Whether this connection has changed any row since it was last asked; of others tells {@link durable}. */
  hasChanged(): boolean {
    const changes = this.get<[number]>('SELECT total_changes()')?.[0] ?? 0;
    const changed = changes !== this.#changes;
    this.#changes = changes;
    return changed;
  }

  /** What `read` gives: asked again when another connection has changed something, or after {@link forget}. */
  remembered<T>(key: string, read: () => T): T {
    const version = this.dataVersion();
    const known = this.#memory.get(key);
    if (known?.version === version) return known.value as T;
    const value = read();
    this.#memory.set(key, { version, value });
    return value;
  }

  /** What is remembered under this key; without one everything. */
  forget(key?: string): void {
    if (key === undefined) this.#memory.clear();
    else this.#memory.delete(key);
  }

  /** False when the file was removed or another one was put in its place. */
  inPlace(): boolean {
    // Somebody may write to it now, and then it is to be read in another way.
    if (this.readOnly && !isOnReadOnlyDisk(this.path)) return false;
    try {
      return statSync(this.path, { bigint: true }).ino === this.#inode;
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return false;
      throw error;
    }
  }

  /** Resolves when all that was committed is on the disk. Rejects with errors of node:fs. */
  sync(): Promise<void> {
    return this.#wal?.sync() ?? Promise.resolve();
  }

  /** What {@link sync} waits for; undefined when all that others have asked for is on the disk. */
  get syncing(): Promise<void> | undefined {
    return this.#wal?.pending;
  }

  /**
   * Resolves when all that can be read now is on the disk, also what other connections have committed a moment ago; undefined
   * when it is. Rejects with errors of node:fs.
   */
  get durable(): Promise<void> | undefined {
    if (this.#wal === undefined) return undefined;
    const others = this.dataVersion();
    if (others === this.#durable) return this.syncing;
    // They sync it themselves, and nobody tells when that is done: ours does the same for all of the log.
    return this.sync().then(() => {
      this.#durable = others;
    });
  }

  close(): void {
    this.#statements.clear();
    this.#wal?.close();
    this.#db.close();
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      statement = this.#db.prepare(sql);
      statement.setReturnArrays(true);
      this.#statements.set(sql, statement);
    }
    return statement;
  }
}

const versionOf = (db: DatabaseSync): number =>
  Number(db.prepare('PRAGMA user_version').get()?.['user_version']);

function refuseNewer(version: number): void {
  if (version > SCHEMA_VERSION)
    throw new StoreError('io', `the index was written by a newer Tamis (version ${version})`);
}

function prepareSchema(db: DatabaseSync): void {
  const version = (): number => versionOf(db);
  if (version() < SCHEMA_VERSION) {
    db.exec('BEGIN IMMEDIATE');
    // Another process may have done it meanwhile.
    const from = version();
    if (from === 0) db.exec(`${SCHEMA}; PRAGMA user_version = ${SCHEMA_VERSION}`);
    else if (from < SCHEMA_VERSION)
      db.exec(`${UPGRADES.slice(from - 1).join('')}; PRAGMA user_version = ${SCHEMA_VERSION}`);
    db.exec('COMMIT');
  }
  refuseNewer(version());
}

const TABLES = `SELECT json_group_array(entry) FROM (
  SELECT item.type || ' ' || item.name || ' ' || ifnull(part.name, '') AS entry
  FROM sqlite_schema item LEFT JOIN pragma_table_info(item.name) part WHERE item.name NOT LIKE 'sqlite_stat%'
  ORDER BY entry)`;

const tablesOf = (db: DatabaseSync): unknown => Object.values(db.prepare(TABLES).get() ?? {})[0];

let expectedTables: unknown;

/** Throws for one whose description of itself is damaged: SQLite reads a column by another name without complaint. */
function checkTables(db: DatabaseSync): void {
  if (expectedTables === undefined) {
    const fresh = new DatabaseSync(':memory:');
    fresh.exec(SCHEMA);
    expectedTables = tablesOf(fresh);
    fresh.close();
  }
  if (tablesOf(db) !== expectedTables) throw new IndexDamage('its tables are not those of an index');
}

/** What is asked of each file that is opened is right: it is the file that is not. */
const openingError = (error: unknown): unknown =>
  sqliteCode(error) === SQLITE_ERROR ? new IndexDamage(String(error), { cause: error }) : error;

/** Opens the index in an account's folder; a damaged one is moved aside, and the log says where. */
export function openIndex(path: string, log: Log, now: () => number): IndexDatabase {
  try {
    return IndexDatabase.open(path);
  } catch (error) {
    if (!isDamage(error)) throw error;
    moveAside(path, error, log, now);
    return IndexDatabase.open(path);
  }
}

/** Renames it and what belongs to it to `<name>.damaged-<milliseconds>`. */
export function moveAside(path: string, err: unknown, log: Log, now: () => number): void {
  const aside = `${path}.damaged-${Math.floor(now())}`;
  for (const suffix of ['-wal', '-shm', '']) {
    try {
      renameSync(path + suffix, aside + suffix);
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
    }
  }
  log.warn({ path, aside, err }, 'the index of an account is put aside and made anew from its mail');
}

const sqliteCode = (error: unknown): number | undefined =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode & 0xff
    : undefined;

export const isBusy = (error: unknown): boolean => sqliteCode(error) === SQLITE_BUSY;

/** SQLite does not understand what is asked: the fault is ours, or in what the file says of its tables. */
export const isMisunderstood = (error: unknown): boolean => sqliteCode(error) === SQLITE_ERROR;

export function isDamage(error: unknown): boolean {
  if (error instanceof IndexDamage) return true;
  const code = sqliteCode(error);
  return code === SQLITE_CORRUPT || code === SQLITE_NOTADB;
}

/** Every failure of the index as the error that the store's callers know. */
export function indexError(error: unknown, what: string): StoreError {
  if (error instanceof StoreError) return error;
  const code = errorCode(error);
  if (sqliteCode(error) === SQLITE_READONLY || code === 'EROFS') return readOnlyError(what, error);
  const full = sqliteCode(error) === SQLITE_FULL || code === 'ENOSPC' || code === 'EDQUOT';
  const text = `${what}: ${error instanceof Error ? error.message : String(error)}`;
  return new StoreError(full ? 'full' : 'io', text, { cause: error });
}

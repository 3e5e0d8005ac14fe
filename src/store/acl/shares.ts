import { existsSync } from 'node:fs';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { errorCode } from '../durable.ts';
import { createPrivateFile } from '../../state/private-file.ts';
import { isOnReadOnlyDisk, openReadOnly } from '../../state/read-only.ts';
import { useWriteAheadLog } from '../../state/write-ahead-log.ts';
import { readOnlyError, StoreError } from '../types.ts';

/**
 * Which accounts may have something for whom: identifiers of the lists of rights, with the accounts in whose lists they
 * stand. Nobody then has to walk over all accounts to find what is shared with him. It may say too much (the lists of
 * rights decide), and can be made again from them at any time.
 */
export interface Shares {
  /** Accounts in whose lists one of the identifiers stands, in order. */
  accounts(identifiers: Iterable<string>): string[];
  add(account: string, identifiers: Iterable<string>): Promise<void>;
  /** What stands in the account's lists now. Call it under {@link Shares.exclusive}. */
  replace(account: string, identifiers: Iterable<string>): void;
  /**
   * Whether the table was made from the lists of rights once: a new one, or one of a store that was copied without it, was
   * not.
   */
  complete(): boolean;
  markComplete(): void;
  /** The file was found to be damaged: it is to be closed, removed, and made again. */
  readonly damaged: boolean;
  /** One after another, of all processes: what reads a list of rights and writes it back must not lose another's change. */
  exclusive<T>(work: () => Promise<T>): Promise<T>;
  /** After what is under way. */
  close(): Promise<void>;
}

const SCHEMA = `
  CREATE TABLE IF NOT EXISTS share (
    identifier TEXT NOT NULL,
    account TEXT NOT NULL,
    PRIMARY KEY (identifier, account)
  ) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS share_account ON share (account);
  CREATE TABLE IF NOT EXISTS made (once INTEGER PRIMARY KEY);
`;

/** Milliseconds between two tries to get the lock another process has, and those after which one gives up. */
const RETRY = 15;
const PATIENCE = 10_000;

/** The file holds something else than the table: for the caller to remove, since it can be made again. */
export class SharesDamage extends StoreError {}

/** Opens or makes the table in a file. Throws `io` when that fails, and {@link SharesDamage}. */
export function openShares(path: string): Shares {
  try {
    return new SqliteShares(openDatabase(path));
  } catch (error) {
    throw sharesError(error);
  }
}

function openDatabase(path: string): DatabaseSync {
  const readOnly = isOnReadOnlyDisk(path);
  if (readOnly && existsSync(path)) return openReadOnly(path);
  // SQLite would make it readable for all; its other files take its mode over.
  if (!readOnly) createPrivateFile(path);
  // Where none can be made, it is found out once more by each process.
  const database = new DatabaseSync(readOnly ? ':memory:' : path, { timeout: 1000 });
  try {
    useWriteAheadLog(database);
    database.exec('PRAGMA synchronous = FULL');
    database.exec(SCHEMA);
    // A row for each grant: some milliseconds, once in the life of a process.
    const [fault] = Object.values(database.prepare('PRAGMA quick_check(1)').get() ?? {});
    if (fault !== 'ok') throw new SharesDamage('io', `the table of shares is damaged: ${String(fault)}`);
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

class SqliteShares implements Shares {
  readonly #database: DatabaseSync;
  readonly #find: StatementSync;
  readonly #insert: StatementSync;
  readonly #forget: StatementSync;
  /** The last of those who wait for the lock within this process. */
  #last: Promise<unknown> = Promise.resolve();
  damaged = false;

  constructor(database: DatabaseSync) {
    this.#database = database;
    // The event loop does not wait for other processes: who needs the lock asks again.
    database.exec('PRAGMA busy_timeout = 0');
    this.#find = database.prepare(
      'SELECT DISTINCT account FROM share WHERE identifier IN (SELECT value FROM json_each(?)) ORDER BY account',
    );
    this.#insert = database.prepare('INSERT OR IGNORE INTO share VALUES (?, ?)');
    this.#forget = database.prepare('DELETE FROM share WHERE account = ?');
  }

  accounts(identifiers: Iterable<string>): string[] {
    return this.#asked(() =>
      this.#find.all(JSON.stringify([...identifiers])).map((row) => String(row['account'])),
    );
  }

  async add(account: string, identifiers: Iterable<string>): Promise<void> {
    await this.exclusive(() => {
      for (const identifier of identifiers) this.#insert.run(identifier, account);
      return Promise.resolve();
    });
  }

  replace(account: string, identifiers: Iterable<string>): void {
    this.#forget.run(account);
    for (const identifier of identifiers) this.#insert.run(identifier, account);
  }

  complete(): boolean {
    return this.#asked(() => this.#database.prepare('SELECT 1 FROM made').get() !== undefined);
  }

  markComplete(): void {
    this.#asked(() => this.#database.exec('INSERT OR IGNORE INTO made VALUES (1)'));
  }

  #asked<T>(ask: () => T): T {
    try {
      return ask();
    } catch (error) {
      const failed = sharesError(error);
      this.damaged ||= failed instanceof SharesDamage;
      throw failed;
    }
  }

  exclusive<T>(work: () => Promise<T>): Promise<T> {
    const run = this.#last.then(async () => {
      await this.#begin();
      try {
        const result = await work();
        this.#database.exec('COMMIT');
        return result;
      } catch (error) {
        if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
        return this.#asked(() => {
          throw error;
        });
      }
    });
    this.#last = run.catch(() => undefined);
    return run;
  }

  async #begin(): Promise<void> {
    for (let waited = 0; ; waited += RETRY) {
      try {
        this.#database.exec('BEGIN IMMEDIATE');
        return;
      } catch (error) {
        if (sqliteCode(error) === SQLITE_BUSY && waited < PATIENCE) await sleep(RETRY);
        else throw sharesError(error);
      }
    }
  }

  async close(): Promise<void> {
    await this.#last;
    if (this.#database.isOpen) this.#database.close();
  }
}

const SQLITE_BUSY = 5;
const SQLITE_READONLY = 8;
/** SQLITE_ERROR (what we ask is understood by a sound file), SQLITE_CORRUPT, SQLITE_NOTADB. */
const SQLITE_DAMAGE: ReadonlySet<number> = new Set([1, 11, 26]);

/** 0 for what is no error of SQLite. */
const sqliteCode = (error: unknown): number =>
  errorCode(error) === 'ERR_SQLITE_ERROR' ? ((error as { errcode?: number }).errcode ?? 0) & 0xff : 0;

/** What failed in the table as the error that the store's callers know; everything else as it is. */
function sharesError(error: unknown): unknown {
  const code = sqliteCode(error);
  if (code === 0) return error;
  if (code === SQLITE_READONLY) return readOnlyError('the table of shares', error);
  const text = `the table of shares: ${(error as Error).message}`;
  return SQLITE_DAMAGE.has(code)
    ? new SharesDamage('io', text, { cause: error })
    : new StoreError('io', text, { cause: error });
}

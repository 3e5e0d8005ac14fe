import { DatabaseSync } from 'node:sqlite';
import type { SQLInputValue, StatementSync } from 'node:sqlite';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../log.ts';
import {
  checkDay,
  checkDeltas,
  checkIncrement,
  checkKey,
  checkMany,
  checkPrefix,
  checkTokens,
  checkValue,
  ttlMilliseconds,
} from './keys.ts';
import { createPrivateFile } from './private-file.ts';
import { isOnReadOnlyDisk } from './read-only.ts';
import { isBusy, sqliteError } from './sqlite-errors.ts';
import { openInMemory } from './sqlite-memory.ts';
import { COUNT_COLUMNS, prepareSchema } from './sqlite-schema.ts';
import { defaultStateSettings } from './settings.ts';
import { StateError } from './types.ts';
import { useWriteAheadLog } from './write-ahead-log.ts';
import type { State, TokenRow, TokenTable } from './types.ts';

export interface SqliteStateOptions {
  /** File, created with mode 0600 (it holds password hashes); `:memory:` for one that lives as long as the State. */
  path: string;
  log: Log;
  /** Milliseconds since the epoch. */
  now?: () => number;
  /** Seconds a call waits for other processes' writes before it fails. */
  timeout?: number;
  /** Largest size of the file, octets; at it, writes fail as on a full disk. */
  sizeLimit?: number;
}

/** Calls run on the main thread: SQLite itself waits this long for a lock (ms), then we wait without holding up others. */
const LOCK_WAIT = 10;
/** At start nobody else is held up. */
const OPEN_WAIT = 5000;
/** Rows a page of `list` holds: with values of the largest size 32 MB. */
const PAGE = 32;
/** Expired rows deleted at once, and the least time between two looks (ms). */
const SWEEP_ROWS = 200;
const SWEEP_INTERVAL = 10_000;
/** Tokens read before other work gets its turn: some 2 ms. */
const TOKEN_BATCH = 512;
/** The largest token, as SQLite has it. */
const MOST_TOKEN = 2n ** 63n - 1n;
/** Left-over size of the write-ahead log, octets; without a limit it stays as large as it ever was. */
const WAL_SIZE = 16 * 1024 * 1024;

/**
 * Opens the file, creating it where there is none. Throws a {@link StateError}. Several processes may use one file.
 *
 * What has no `ttl` is on the disk when the call resolves. What has one, counters and token counts survive the death
 * of the process, but the last of it may be lost when the machine loses power: an fsync for each would cost more than
 * it is worth.
 */
export function createSqliteState(options: SqliteStateOptions): State {
  const {
    path,
    log,
    now = Date.now,
    timeout = defaultStateSettings.timeout,
    sizeLimit = defaultStateSettings.sizeLimit,
  } = options;
  let database: DatabaseSync | undefined;
  try {
    if (path !== ':memory:' && isOnReadOnlyDisk(path)) {
      log.warn(
        { state: path },
        'the state is on a read-only disk: what changes is lost when the process ends',
      );
      const copy = openInMemory(path, now());
      return new SqliteState(copy, log.child({ state: path }), now, timeout * 1000, true);
    }
    if (path !== ':memory:') createPrivateFile(path);
    database = new DatabaseSync(path, { timeout: OPEN_WAIT });
    useWriteAheadLog(database);
    database.exec(`PRAGMA journal_size_limit = ${WAL_SIZE}; PRAGMA trusted_schema = OFF`);
    prepareSchema(database);
    const pageSize = Number(database.prepare('PRAGMA page_size').get()?.['page_size']);
    database.exec(`PRAGMA max_page_count = ${Math.ceil(sizeLimit / pageSize)}`);
    database.exec(`PRAGMA busy_timeout = ${LOCK_WAIT}`);
    return new SqliteState(database, log.child({ state: path }), now, timeout * 1000);
  } catch (cause) {
    database?.close();
    throw sqliteError(cause, path);
  }
}

class SqliteState implements State {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, StatementSync>();
  readonly #log: Log;
  readonly #now: () => number;
  readonly #timeout: number;
  /** Of a disk that takes no changes: nothing can be made durable. */
  readonly #readOnly: boolean;
  #synchronous = '';
  #swept = 0;

  constructor(database: DatabaseSync, log: Log, now: () => number, timeout: number, readOnly = false) {
    this.#readOnly = readOnly;
    this.#database = database;
    this.#log = log;
    this.#now = now;
    this.#timeout = timeout;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    checkKey(key);
    return this.#run(() => this.#live(Buffer.from(key)));
  }

  async getMany(keys: readonly string[]): Promise<(Uint8Array | undefined)[]> {
    checkMany(keys.length);
    for (const key of keys) checkKey(key);
    return this.#run(() => keys.map((key) => this.#live(Buffer.from(key))));
  }

  async putMany(entries: readonly (readonly [string, Uint8Array])[], ttl?: number): Promise<void> {
    checkMany(entries.length);
    for (const [key, value] of entries) {
      checkKey(key);
      checkValue(value);
    }
    const life = ttlMilliseconds(ttl);
    if (entries.length === 0) return;
    await this.#write(life === undefined, () => {
      for (const [key, value] of entries) this.#set(Buffer.from(key), value, life);
    });
  }

  async put(key: string, value: Uint8Array, ttl?: number): Promise<void> {
    checkKey(key);
    checkValue(value);
    const life = ttlMilliseconds(ttl);
    await this.#write(life === undefined, () => this.#set(Buffer.from(key), value, life));
  }

  async putIfAbsent(key: string, value: Uint8Array, ttl?: number): Promise<boolean> {
    checkKey(key);
    checkValue(value);
    const life = ttlMilliseconds(ttl);
    return this.#write(life === undefined, () => {
      const name = Buffer.from(key);
      if (this.#live(name) !== undefined) return false;
      this.#set(name, value, life);
      return true;
    });
  }

  async delete(key: string): Promise<boolean> {
    checkKey(key);
    const name = Buffer.from(key);
    const there = await this.#run(() => this.#prepare('SELECT expires FROM entries WHERE key = ?').get(name));
    // Most deletes that find nothing are made in passing: they need no lock and no fsync.
    if (there === undefined) return false;
    return this.#write(there['expires'] === null, () => {
      const row = this.#prepare('DELETE FROM entries WHERE key = ? RETURNING expires').get(name);
      return row !== undefined && (row['expires'] === null || Number(row['expires']) > this.#now());
    });
  }

  async *list(prefix: string): AsyncIterable<{ key: string; value: Uint8Array }> {
    checkPrefix(prefix);
    const end = prefixEnd(prefix);
    let after: Uint8Array | undefined;
    for (;;) {
      const from: Uint8Array = after ?? Buffer.from(prefix);
      const rows = await this.#run(() =>
        this.#prepare(
          `SELECT key, value FROM entries WHERE key ${after === undefined ? '>=' : '>'} ? AND key < ?
           AND (expires IS NULL OR expires > ?) ORDER BY key LIMIT ${PAGE}`,
        ).all(from, end, this.#now()),
      );
      for (const { key, value } of rows) {
        const octets = blob(key);
        // Out of order, page after page would come without an end.
        const ascends = Buffer.compare(octets, after ?? from) >= (after === undefined ? 0 : 1);
        if (!ascends || Buffer.compare(octets, end) >= 0) throw damaged('keys out of order');
        after = octets;
        yield { key: Buffer.from(octets).toString(), value: blob(value) };
      }
      if (rows.length < PAGE) return;
      await nextTurn();
    }
  }

  async increment(key: string, by: number, ttl?: number): Promise<number> {
    checkKey(key);
    checkIncrement(by);
    const life = ttlMilliseconds(ttl);
    const known = (): number => {
      const value = this.#live(Buffer.from(key));
      return value === undefined ? 0 : counterValue(key, value);
    };
    // Whoever only asks needs no lock, and no room on the disk.
    if (by === 0) return this.#run(known);
    return this.#write(false, () => {
      const name = Buffer.from(key);
      const value = this.#live(name);
      const sum = (value === undefined ? 0 : counterValue(key, value)) + by;
      if (!Number.isSafeInteger(sum)) throw new StateError(`counter ${key} has reached its end`, false);
      const text = Buffer.from(String(sum));
      if (value === undefined) this.#set(name, text, life);
      else this.#prepare('UPDATE entries SET value = ? WHERE key = ?').run(text, name);
      return sum;
    });
  }

  tokens(table: string): TokenTable {
    checkKey(table);
    return {
      get: (tokens, columns) => this.#getTokens(table, tokens, columns),
      add: (tokens, deltas, day) => this.#addTokens(table, tokens, deltas, day),
      sweep: (before, most) => this.#sweepTokens(table, before, most),
      list: (columns) => this.#listTokens(table, columns),
      clear: () => this.#clearTokens(table),
    };
  }

  async *#listTokens(table: string, columns: number): AsyncGenerator<readonly TokenRow[]> {
    checkTokens(new BigUint64Array(), columns);
    const names = COUNT_COLUMNS.slice(0, columns);
    let after = signed(1n << 63n);
    for (;;) {
      const rows = await this.#run(() => {
        const find = this.#prepare(
          // As text: numbers of 64 bits have no room in those of JavaScript.
          `SELECT CAST(token AS TEXT) AS name, day, ${names.join(', ')} FROM tokens
           WHERE table_id = ? AND token >= ? ORDER BY token LIMIT ${TOKEN_BATCH}`,
        );
        return find.all(this.#tableId(table) ?? null, after).map(tokenRow(names));
      });
      if (rows.length > 0) yield rows;
      const last = rows.at(-1)?.token;
      if (rows.length < TOKEN_BATCH || last === undefined || signed(last) === MOST_TOKEN) return;
      after = signed(last) + 1n;
      await nextTurn();
    }
  }

  async #clearTokens(table: string): Promise<void> {
    for (;;) {
      const removed = await this.#write(false, () => {
        const remove = this.#prepare(
          `DELETE FROM tokens WHERE table_id = ?1 AND token IN
           (SELECT token FROM tokens WHERE table_id = ?1 LIMIT ${TOKEN_BATCH})`,
        );
        return Number(remove.run(this.#tableId(table) ?? null).changes);
      });
      if (removed < TOKEN_BATCH) return;
      await nextTurn();
    }
  }

  async ping(): Promise<void> {
    await this.#run(() => this.#prepare('SELECT key FROM entries LIMIT 1').get());
  }

  async close(): Promise<void> {
    if (this.#database.isOpen) this.#database.close();
  }

  async #getTokens(table: string, tokens: BigUint64Array, columns: number): Promise<Float64Array> {
    checkTokens(tokens, columns);
    const counts = new Float64Array(tokens.length * columns);
    const names = COUNT_COLUMNS.slice(0, columns);
    for (let start = 0; start < tokens.length; start += TOKEN_BATCH) {
      if (start > 0) await nextTurn();
      await this.#run(() => {
        const id = this.#tableId(table);
        if (id === undefined) return;
        const find = this.#prepare(`SELECT ${names.join(', ')} FROM tokens WHERE table_id = ? AND token = ?`);
        for (let at = start; at < Math.min(start + TOKEN_BATCH, tokens.length); at++) {
          const row = find.get(id, signed(tokens[at]));
          if (row !== undefined)
            for (const [column, name] of names.entries()) counts[at * columns + column] = count(row[name]);
        }
      });
    }
    return counts;
  }

  async #addTokens(
    table: string,
    tokens: BigUint64Array,
    deltas: readonly number[],
    day: number | undefined,
  ): Promise<void> {
    checkTokens(tokens, deltas.length);
    checkDeltas(deltas);
    if (day !== undefined) checkDay(day);
    const names = COUNT_COLUMNS.slice(0, deltas.length);
    await this.#write(false, () => {
      this.#prepare('INSERT OR IGNORE INTO token_tables (name) VALUES (?)').run(Buffer.from(table));
      const id = this.#tableId(table) ?? null;
      const add = this.#prepare(
        `INSERT INTO tokens (table_id, token, day, ${names.join(', ')}) VALUES (?, ?, ?, ${names.map(() => '?').join(', ')})
         ON CONFLICT DO UPDATE SET day = coalesce(excluded.day, day),
         ${names.map((name) => `${name} = ${name} + excluded.${name}`).join(', ')}`,
      );
      for (const token of tokens) add.run(id, signed(token), day ?? null, ...deltas);
    });
  }

  /** Goes through the table in the order of its key, so that each row is looked at once. */
  async #sweepTokens(table: string, before: number, most: number): Promise<number> {
    checkDay(before);
    checkDeltas([most]);
    let removed = 0;
    let after = signed(1n << 63n);
    for (;;) {
      const last: SQLInputValue | undefined = await this.#run(() => {
        const id = this.#tableId(table);
        if (id === undefined) return undefined;
        const find = this.#prepare(
          `SELECT max(token) AS last FROM
           (SELECT token FROM tokens WHERE table_id = ? AND token >= ? ORDER BY token LIMIT ${TOKEN_BATCH})`,
        );
        find.setReadBigInts(true);
        return find.get(id, after)?.['last'] ?? undefined;
      });
      if (typeof last !== 'bigint') return removed;
      if (last < after) throw damaged('tokens out of order');
      removed += await this.#write(false, () => {
        const remove = this.#prepare(
          `DELETE FROM tokens WHERE table_id = ? AND token >= ? AND token <= ? AND day < ?
           AND ${COUNT_COLUMNS.join(' + ')} <= ?`,
        );
        return Number(remove.run(this.#tableId(table) ?? null, after, last, before, most).changes);
      });
      if (last === MOST_TOKEN) return removed;
      after = last + 1n;
      await nextTurn();
    }
  }

  #tableId(table: string): SQLInputValue | undefined {
    return this.#prepare('SELECT id FROM token_tables WHERE name = ?').get(Buffer.from(table))?.['id'];
  }

  #live(key: Uint8Array): Uint8Array | undefined {
    const sql = 'SELECT value FROM entries WHERE key = ? AND (expires IS NULL OR expires > ?)';
    const row = this.#prepare(sql).get(key, this.#now());
    return row && blob(row['value']);
  }

  #set(key: Uint8Array, value: Uint8Array, life: number | undefined): void {
    this.#prepare(
      `INSERT INTO entries (key, value, expires) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET value = excluded.value, expires = excluded.expires`,
    ).run(key, value, life === undefined ? null : this.#now() + life);
  }

  #prepare(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (statement === undefined) this.#statements.set(sql, (statement = this.#database.prepare(sql)));
    return statement;
  }

  /** One transaction. `durable`: on the disk when it is over. */
  async #write<T>(durable: boolean, work: () => T): Promise<T> {
    if (durable && this.#readOnly) throw new StateError('state file: the disk is read-only', true);
    const result = await this.#run(() => {
      this.#setSynchronous(durable ? 'FULL' : 'NORMAL');
      return this.#transaction(work);
    });
    this.#sweep();
    return result;
  }

  #transaction<T>(work: () => T): T {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#database.exec('COMMIT');
      return result;
    } catch (cause) {
      // A full disk or an I/O error may have rolled back already.
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw cause;
    }
  }

  #setSynchronous(mode: 'FULL' | 'NORMAL'): void {
    if (mode === this.#synchronous) return;
    this.#database.exec(`PRAGMA synchronous = ${mode}`);
    this.#synchronous = mode;
  }

  /** Tries until it gets the lock or the time is over. Any failure is a {@link StateError}. */
  async #run<T>(work: () => T): Promise<T> {
    const deadline = performance.now() + this.#timeout;
    for (let pause = 1; ; pause = Math.min(pause * 2, 50)) {
      try {
        if (!this.#database.isOpen) throw new StateError('the state is closed', false);
        return work();
      } catch (cause) {
        if (!isBusy(cause) || performance.now() + pause > deadline) throw sqliteError(cause);
      }
      // A little chance in it, or two processes would meet again and again.
      await sleep(pause * (0.5 + Math.random()));
    }
  }

  /** Deletes some of what has expired, now and then, after a write: what is expired is never read anyway. */
  #sweep(): void {
    const now = this.#now();
    if (now - this.#swept < SWEEP_INTERVAL || !this.#database.isOpen) return;
    try {
      this.#setSynchronous('NORMAL');
      const { changes } = this.#prepare(
        `DELETE FROM entries WHERE rowid IN
         (SELECT rowid FROM entries WHERE expires IS NOT NULL AND expires <= ? LIMIT ${SWEEP_ROWS})`,
      ).run(now);
      // When there was more, go on after the next write.
      if (Number(changes) < SWEEP_ROWS) this.#swept = now;
    } catch (cause) {
      this.#swept = now;
      if (!isBusy(cause)) this.#log.warn({ err: cause }, 'state: expired entries could not be deleted');
    }
  }
}

/** SQLite has no checksums, and gives out what has rotted as it is. */
const damaged = (what: string): StateError => new StateError(`state file: damaged, ${what}`, false);

function blob(value: unknown): Uint8Array {
  if (value instanceof Uint8Array) return value;
  throw damaged('an entry that holds no octets');
}

const tokenRow =
  (names: readonly string[]) =>
  (row: Record<string, unknown>): TokenRow => {
    const { name, day } = row;
    if (typeof name !== 'string') throw damaged('a token that is no number');
    return {
      token: BigInt.asUintN(64, BigInt(name)),
      counts: names.map((column) => count(row[column])),
      ...(day === null ? {} : { day: count(day) }),
    };
  };

function count(value: unknown): number {
  if (typeof value === 'number') return value;
  throw damaged('a count that is no number');
}

/** 64-bit hash → SQLite's signed integer. */
const signed = (token: bigint | undefined): bigint => BigInt.asIntN(64, token ?? 0n);

/** First key after all that start with `prefix`. UTF-8 has no byte 0xff, so the last byte can always grow. */
function prefixEnd(prefix: string): Uint8Array {
  if (prefix === '') return Buffer.from([0xff]);
  const end = Buffer.from(prefix);
  end[end.length - 1] = (end.at(-1) ?? 0) + 1;
  return end;
}

/** A counter is an entry that holds its number as decimal text. */
function counterValue(key: string, value: Uint8Array): number {
  const text = Buffer.from(value).toString('latin1');
  if (!/^(?:0|-?[1-9]\d{0,15})$/.test(text)) throw new StateError(`${key} holds no counter`, false);
  return Number(text);
}

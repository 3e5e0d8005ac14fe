import { mkdirSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { SQLInputValue, StatementSync } from 'node:sqlite';
import { createPrivateFile } from '../../state/private-file.ts';
import { useWriteAheadLog } from '../../state/write-ahead-log.ts';

/**
 * The layout of `search.sqlite`. Whatever is in it can be made again from the mail: a file of another version, or a damaged
 * one, is removed. Trigrams are kept without their places (`detail=none`), which takes a third of the room; what they
 * find is looked up in the text, which is here too, compressed.
 */
const VERSION = 2;
const SCHEMA = `
CREATE TABLE mailbox (
  id INTEGER PRIMARY KEY, mailbox_id TEXT NOT NULL, uid_validity INTEGER NOT NULL, up_to INTEGER NOT NULL,
  UNIQUE (mailbox_id, uid_validity));
CREATE TABLE document (
  id INTEGER PRIMARY KEY, email_id TEXT NOT NULL UNIQUE, complete INTEGER NOT NULL,
  sent INTEGER, sent_day INTEGER, subject TEXT NOT NULL, reply INTEGER NOT NULL, from_key TEXT NOT NULL,
  to_key TEXT NOT NULL, cc_key TEXT NOT NULL, display_from TEXT NOT NULL, display_to TEXT NOT NULL,
  message_id TEXT, reference TEXT NOT NULL);
CREATE INDEX document_incomplete ON document (id) WHERE complete = 0;
CREATE INDEX document_sent ON document (sent_day);
CREATE TABLE place (
  mailbox INTEGER NOT NULL, uid INTEGER NOT NULL, document INTEGER NOT NULL, PRIMARY KEY (mailbox, uid)) WITHOUT ROWID;
CREATE INDEX place_document ON place (document, mailbox);
CREATE TABLE text (document INTEGER PRIMARY KEY, header BLOB NOT NULL, body BLOB NOT NULL);
CREATE VIRTUAL TABLE header_terms USING fts5(
  text, content='', contentless_delete=1, detail=none, tokenize='trigram case_sensitive 1');
CREATE VIRTUAL TABLE body_terms USING fts5(
  text, content='', contentless_delete=1, detail=none, tokenize='trigram case_sensitive 1');
PRAGMA user_version = ${VERSION};
`;

/** Other processes index the same account: they hold the file for one batch at a time. We wait in a thread of our own. */
const BUSY_MILLISECONDS = 5_000;
/**
 * What SQLite answers when it is not the file that is at fault (sqlite3.h): locked, no memory, no rights, a disk that fails or is
 * full. What it does not understand, or refuses to keep, is our own layout no more: that is damage too.
 */
const NOT_DAMAGE: ReadonlySet<number> = new Set([
  3, // PERM
  5, // BUSY
  6, // LOCKED
  7, // NOMEM
  8, // READONLY
  9, // INTERRUPT
  10, // IOERR
  13, // FULL
  14, // CANTOPEN
  15, // PROTOCOL
  18, // TOOBIG
]);

/** One open file with the statements made for it. */
export class SearchDatabase {
  readonly file: string;
  readonly #database: DatabaseSync;
  readonly #inode: number;
  readonly #statements = new Map<string, Statement>();

  /** Makes the file when it is not there. Throws what SQLite or the file system says. */
  constructor(file: string) {
    this.file = file;
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    createPrivateFile(file);
    this.#database = new DatabaseSync(file, { timeout: BUSY_MILLISECONDS });
    try {
      // A power cut takes the last batches at most, and never leaves a damaged file: they are made again.
      useWriteAheadLog(this.#database);
      this.#database.exec('PRAGMA synchronous = NORMAL; PRAGMA cache_size = -16384');
      this.transaction(() => {
        const version = this.statement('PRAGMA user_version').get()?.['user_version'];
        if (version === 0) this.#database.exec(SCHEMA);
        else if (version !== VERSION) throw new OtherVersion();
      });
      this.#inode = statSync(file).ino;
    } catch (error) {
      this.#database.close();
      throw error;
    }
  }

  /** False when the file was removed or replaced since. */
  get current(): boolean {
    return statSync(this.file, { throwIfNoEntry: false })?.ino === this.#inode;
  }

  /** Rows come as arrays. */
  statement(sql: string): Statement {
    let statement = this.#statements.get(sql);
    if (statement === undefined) {
      const prepared = this.#database.prepare(sql);
      if (!sql.startsWith('PRAGMA')) prepared.setReturnArrays(true);
      this.#statements.set(sql, (statement = new Statement(prepared)));
    }
    return statement;
  }

  transaction<T>(work: () => T): T {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const result = work();
      this.#database.exec('COMMIT');
      return result;
    } catch (error) {
      if (this.#database.isTransaction) this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  close(): void {
    this.#database.close();
  }
}

/** A statement of SQLite; a number that none of ours is as large as is damage. */
class Statement {
  readonly #prepared: StatementSync;

  constructor(prepared: StatementSync) {
    this.#prepared = prepared;
  }

  get(...values: SQLInputValue[]): ReturnType<StatementSync['get']> {
    return sound(() => this.#prepared.get(...values));
  }

  all(...values: SQLInputValue[]): ReturnType<StatementSync['all']> {
    return sound(() => this.#prepared.all(...values));
  }

  run(...values: SQLInputValue[]): ReturnType<StatementSync['run']> {
    return sound(() => this.#prepared.run(...values));
  }
}

function sound<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof RangeError) throw new SearchDamage('a number is too large', { cause: error });
    throw error;
  }
}

class OtherVersion extends Error {}

/** What SQLite does not notice by itself: it gives out rows whose octets have rotted as they are. */
export class SearchDamage extends Error {}

/** Whether what went wrong goes away by making the file anew. */
export function isDamage(error: unknown): boolean {
  if (error instanceof OtherVersion || error instanceof SearchDamage) return true;
  const code: unknown = error instanceof Error && 'errcode' in error ? error.errcode : undefined;
  return typeof code === 'number' && !NOT_DAMAGE.has(code & 0xff);
}

export function removeDatabase(file: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(file + suffix, { force: true });
}

/** A mailbox's row; undefined when nothing of it is in the index. */
export function mailboxRow(
  database: SearchDatabase,
  mailbox: MailboxKey,
): { readonly id: number; readonly upTo: number } | undefined {
  const row = database
    .statement('SELECT id, up_to FROM mailbox WHERE mailbox_id = ? AND uid_validity = ?')
    .get(mailbox.mailboxId, mailbox.uidValidity) as unknown as readonly [number, unknown] | undefined;
  if (row === undefined) return undefined;
  const [id, upTo] = row;
  if (!isUid(upTo) && upTo !== 0) throw new SearchDamage('how far a mailbox is in the index is no UID');
  return { id, upTo };
}

/** RFC 9051 §2.3.1.1. */
export const isUid = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= 0xffff_ffff;

export interface MailboxKey {
  readonly mailboxId: string;
  readonly uidValidity: number;
}

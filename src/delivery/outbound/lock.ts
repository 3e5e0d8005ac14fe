import { truncateSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';

/** Result codes of SQLite (sqlite3.h). */
const SQLITE_BUSY = 5;
const SQLITE_NOTADB = 26;

/**
 * Makes sure that one process at a time sends what is in a folder: two would send everything twice. The lock is that of
 * an SQLite file, because the system lets go of it when the process dies, however it dies. Throws when another process,
 * or another queue of this one, holds it, and when there can be no such file. Returns what lets go of it.
 */
export function lockFile(path: string): () => void {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    try {
      take(database);
    } catch (error) {
      if (codeOf(error) !== SQLITE_NOTADB) throw error;
      // It was locked before it was read, so nobody has it; and nothing that is needed stands in it.
      truncateSync(path);
      take(database);
    }
  } catch (error) {
    database.close();
    const why =
      codeOf(error) === SQLITE_BUSY
        ? 'is locked: another process sends this spool. Processes that share a data folder have delivery.outbound.folder each'
        : 'cannot be locked';
    throw new Error(`${path} ${why}`, { cause: error });
  }
  return () => database.close();
}

const take = (database: DatabaseSync): void => database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');

const codeOf = (error: unknown): number =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number'
    ? error.errcode & 0xff
    : 0;

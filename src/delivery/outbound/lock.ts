import { DatabaseSync } from 'node:sqlite';

/**
 * Makes sure that one process at a time sends what is in a folder: two would send everything twice. The lock is that of
 * an SQLite file, because the system lets go of it when the process dies, however it dies. Throws when another process,
 * or another queue of this one, holds it. Returns what lets go of it.
 */
export function lockFile(path: string): () => void {
  const database = new DatabaseSync(path, { timeout: 0 });
  try {
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    throw new Error(`${path} is locked: another process sends this spool`, { cause: error });
  }
  return () => database.close();
}

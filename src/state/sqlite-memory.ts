import { existsSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { readOnlyUrl } from './read-only.ts';
import { prepareSchema } from './sqlite-schema.ts';
import { StateError } from './types.ts';

/** Octets of entries that are taken into memory; accounts and their settings have some kilobytes each. */
const MOST_OCTETS = 256 * 1024 * 1024;

/**
 * A state on a disk that takes no changes: what is in the file, and beside it in memory what has a time to live, counters, and
 * all else that may be lost. Token tables are read from the file, and cannot be added to. Errors are those of SQLite, and
 * {@link StateError} when there is too much.
 */
export function openInMemory(path: string, now: number): DatabaseSync {
  // As an address, so that the file can be attached as one.
  const database = new DatabaseSync(new URL('file:///state?mode=memory'));
  try {
    prepareSchema(database);
    if (!existsSync(path)) return database;
    database.prepare('ATTACH ? AS disk').run(readOnlyUrl(path).href);
    const live = 'FROM disk.entries WHERE expires IS NULL OR expires > ?';
    const octets = database.prepare(`SELECT total(length(key) + length(value)) AS octets ${live}`).get(now);
    if (Number(octets?.['octets']) > MOST_OCTETS)
      throw new StateError('the state on the read-only disk is too large for memory', false);
    database.prepare(`INSERT INTO entries (key, value, expires) SELECT key, value, expires ${live}`).run(now);
    database.exec(
      `INSERT INTO token_tables SELECT * FROM disk.token_tables;
       DROP TABLE tokens; CREATE TEMP VIEW tokens AS SELECT * FROM disk.tokens`,
    );
    return database;
  } catch (error) {
    database.close();
    throw error;
  }
}

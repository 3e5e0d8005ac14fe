import type { DatabaseSync } from 'node:sqlite';
import { MAX_COLUMNS } from './keys.ts';
import { StateError } from './types.ts';

/** `TAMI`: tells our files from other programs' (SQLite file format, §1.3.16 application id). */
const APPLICATION_ID = 0x54_41_4d_49;
export const COUNT_COLUMNS: readonly string[] = Array.from(
  { length: MAX_COLUMNS },
  (_, index) => `c${index}`,
);

/**
 * Step n brings a file of version n to n + 1. Keys are blobs: their order is that of their bytes, so a prefix is a
 * range, and no collation or NUL byte comes in between. `expires` is in milliseconds since the epoch.
 */
const MIGRATIONS: readonly string[] = [
  `CREATE TABLE entries (key BLOB PRIMARY KEY NOT NULL, value BLOB NOT NULL, expires INTEGER);
   CREATE INDEX entries_expires ON entries (expires) WHERE expires IS NOT NULL;
   CREATE TABLE token_tables (id INTEGER PRIMARY KEY, name BLOB NOT NULL UNIQUE);
   CREATE TABLE tokens (
     table_id INTEGER NOT NULL,
     token INTEGER NOT NULL,
     ${COUNT_COLUMNS.map((name) => `${name} INTEGER NOT NULL DEFAULT 0`).join(', ')},
     PRIMARY KEY (table_id, token)
   ) WITHOUT ROWID;`,
  // Days since the epoch; NULL: nobody knows.
  'ALTER TABLE tokens ADD COLUMN day INTEGER',
];

const SCHEMA_VERSION = MIGRATIONS.length;

/** Creates the tables or brings them up to date. Throws a StateError for a file of another program or a newer Tamis. */
export function prepareSchema(database: DatabaseSync): void {
  // IMMEDIATE: of several processes that start at once, one creates and the others find it done.
  database.exec('BEGIN IMMEDIATE');
  try {
    const id = pragma(database, 'application_id');
    const version = pragma(database, 'user_version');
    const tables = Number(database.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.['n']);
    if (id !== APPLICATION_ID && (id !== 0 || tables > 0))
      throw new StateError('the state file belongs to another program', false);
    if (version > SCHEMA_VERSION)
      throw new StateError(
        `the state file has schema version ${version}, this program knows up to ${SCHEMA_VERSION}`,
        false,
      );
    for (const step of MIGRATIONS.slice(version)) database.exec(step);
    database.exec(`PRAGMA application_id = ${APPLICATION_ID}; PRAGMA user_version = ${SCHEMA_VERSION}`);
    database.exec('COMMIT');
  } catch (cause) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw cause;
  }
}

const pragma = (database: DatabaseSync, name: string): number =>
  Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);

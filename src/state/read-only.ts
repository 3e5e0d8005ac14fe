import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';

/** Whether a file is on a disk that takes no changes: a file system mounted for reading, not a matter of rights. */
export function isOnReadOnlyDisk(path: string): boolean {
  try {
    accessSync(dirname(path), constants.W_OK);
    return false;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EROFS';
  }
}

/**
 * Opens a database on such a disk. SQLite cannot make the files there by which several readers of a write-ahead log agree: where
 * there is no log, the file is taken as one that nobody changes. Errors are those of SQLite.
 */
export const openReadOnly = (path: string): DatabaseSync =>
  new DatabaseSync(readOnlyUrl(path), { readOnly: true });

/** The address by which SQLite opens it so. */
export function readOnlyUrl(path: string): URL {
  const url = pathToFileURL(path);
  url.searchParams.set('mode', 'ro');
  if ((statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) === 0)
    url.searchParams.set('immutable', '1');
  return url;
}

import { StateError } from './types.ts';

/** SQLite result codes (sqlite3.h): what passes without somebody repairing something. */
const BUSY = 5;
const LOCKED = 6;
const TEMPORARY: ReadonlySet<number> = new Set([
  BUSY,
  LOCKED,
  7, // NOMEM
  10, // IOERR
  13, // FULL: the disk
  14, // CANTOPEN: out of file descriptors
  15, // PROTOCOL: lost a race for the WAL's locks
]);

/** The primary result code of an error of node:sqlite, 0 for any other error. */
function resultCode(cause: unknown): number {
  const extended = cause instanceof Error && 'errcode' in cause ? cause.errcode : 0;
  return typeof extended === 'number' ? extended & 0xff : 0;
}

/** Whether another process or connection holds the lock: worth another try soon. */
export const isBusy = (cause: unknown): boolean => [BUSY, LOCKED].includes(resultCode(cause));

/** `path`: of the file, where somebody may have to put a copy back. */
export function sqliteError(cause: unknown, path?: string): StateError {
  if (cause instanceof StateError) return cause;
  const text = cause instanceof Error ? cause.message : String(cause);
  return new StateError(
    `state file${path === undefined ? '' : ` ${path}`}: ${text}`,
    TEMPORARY.has(resultCode(cause)),
    { cause },
  );
}

import type { DatabaseSync } from 'node:sqlite';
import { isBusy } from './sqlite-errors.ts';

/** A file is changed once in its life, in milliseconds. */
const WAIT = 5000;
const MOST_PAUSE = 20;

/**
 * Has a database write ahead into a log, so that readers and a writer do not wait for each other. Of several connections that
 * change a new file at once SQLite refuses all but one without waiting, since they would wait for each other: they try again
 * here, 5 s at most, then SQLite's error is thrown.
 */
export function useWriteAheadLog(database: DatabaseSync): void {
  const end = performance.now() + WAIT;
  for (;;) {
    try {
      database.exec('PRAGMA journal_mode = WAL');
      return;
    } catch (error) {
      if (!isBusy(error) || performance.now() > end) throw error;
    }
    // Not all at the same moment again.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1 + Math.random() * MOST_PAUSE);
  }
}

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { AccountIndex } from '../index/account-index.ts';
import { IndexDamage, type IndexDatabase } from '../index/database.ts';
import { counter, mailboxRows, setCounter, usageOf } from '../index/mailboxes.ts';
import { ascending } from '../index/messages.ts';

/** References that may be kept of threads that are gone: looking through fewer is not worth it. */
const FEW = 1000;
/** Rows that are read, and that one transaction removes: some milliseconds. */
const PAGE = 1000;
/** Rows that were left when they were last looked through, and messages that the account had then. */
const KEPT = 'threads';
const KEPT_MESSAGES = 'threads_messages';

/**
 * Forgets the references of threads all of whose messages are gone, when there may be as many of them as of others: so there are
 * never more than twice as many as are needed. A message that answers into such a thread later begins it anew. Some rows
 * at a time; `stopped` ends it in between. The number of those that were removed.
 */
export async function trimThreads(index: AccountIndex, stopped: () => boolean): Promise<number> {
  const [rows, needed] = index.read((db) => [countOf(db), neededOf(db)]);
  if (rows < FEW || rows < 2 * needed) return 0;
  const live = new LiveThreads();
  while (index.read((db) => live.readSome(db))) {
    if (stopped()) return 0;
    await nextTurn();
  }
  let removed = 0;
  for (let after: Uint8Array | undefined = Buffer.alloc(0); after !== undefined; ) {
    if (stopped()) return removed;
    const from: Uint8Array = after;
    const page = await index.write((db) => removeDead(db, from, live), { lazy: true });
    removed += page.removed;
    after = page.last;
  }
  const note = (db: IndexDatabase): void => {
    setCounter(db, KEPT, countOf(db));
    setCounter(db, KEPT_MESSAGES, usageOf(db).messages);
  };
  await index.write(note, { lazy: true });
  return removed;
}

/** As many as were left, fewer when there are fewer messages now. */
function neededOf(db: IndexDatabase): number {
  const then = counter(db, KEPT_MESSAGES);
  return counter(db, KEPT) * Math.min(1, then === 0 ? 1 : usageOf(db).messages / then);
}

const countOf = (db: IndexDatabase): number => db.get<[number]>('SELECT count(*) FROM thread')?.[0] ?? 0;

/** Threads that have a message in some mailbox. */
class LiveThreads {
  readonly #threads = new Set<string>();
  /** How far each mailbox has been read. */
  readonly #read = new Map<number, number>();

  has(thread: string): boolean {
    return this.#threads.has(thread);
  }

  /** Reads on; false when it has read all there are. What comes in later has higher UIDs. */
  readSome(db: IndexDatabase): boolean {
    for (const { id, uidNext } of mailboxRows(db)) {
      const after = this.#read.get(id) ?? 0;
      if (after >= uidNext - 1) continue;
      const rows = ascending(
        db.all<[number, string]>(
          `SELECT uid, thread_id FROM message WHERE mailbox = ? AND uid > ? ORDER BY uid LIMIT ${PAGE}`,
          id,
          after,
        ),
        after,
      );
      for (const [, thread] of rows) this.#threads.add(thread);
      this.#read.set(id, rows.length < PAGE ? uidNext - 1 : (rows.at(-1)?.[0] ?? after));
      return true;
    }
    return false;
  }
}

/** Within a transaction: the dead among the rows after a reference, and the last row that was looked at. */
function removeDead(
  db: IndexDatabase,
  after: Uint8Array,
  live: LiveThreads,
): { removed: number; last: Uint8Array | undefined } {
  // Messages that nobody has described yet may belong to any.
  const undescribed = db.get(
    `SELECT 1 FROM message INDEXED BY message_undescribed WHERE email_id = '' LIMIT 1`,
  );
  if (undescribed !== undefined) return { removed: 0, last: undefined };
  while (live.readSome(db)) continue;
  const rows = db.all<[Uint8Array, string]>(
    `SELECT reference, thread_id FROM thread WHERE reference > ? ORDER BY reference LIMIT ${PAGE}`,
    after,
  );
  let removed = 0;
  for (const [reference, thread] of rows)
    if (!live.has(thread)) removed += db.run('DELETE FROM thread WHERE reference = ?', reference).changes;
  const last = rows.at(-1)?.[0];
  if (last !== undefined && Buffer.compare(last, after) <= 0)
    throw new IndexDamage('references of threads are out of order');
  return { removed, last: rows.length < PAGE ? undefined : last };
}

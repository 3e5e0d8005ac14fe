import { hash } from 'node:crypto';
import type { IndexDatabase } from './database.ts';

/** Ancestors of a message that are looked at: the oldest, which names the thread, and the nearest. */
const MAX_REFERENCES = 20;

const digest = (text: string): Buffer => hash('sha256', text, 'buffer').subarray(0, 16);

/** What says to which thread a message belongs. */
export interface ContentIds {
  readonly messageId: string | null;
  readonly references: readonly string[];
}

/**
 * The THREADID (RFC 8474 §5.2) of a message: that of the messages it refers to or that refer to it, within the account.
 * A new one is made of the oldest ancestor, so that it is mostly the same after the index was made anew. It never changes:
 * threads that turn out to be one later stay apart. To be called within a transaction.
 */
export function threadOf(db: IndexDatabase, emailId: string, content: ContentIds | undefined): string {
  const { messageId, references } = content ?? { messageId: null, references: [] };
  const own = messageId?.replace(/^\s*<|>\s*$/g, '') ?? '';
  const near = references.slice(0, 1).concat(references.slice(1).slice(-MAX_REFERENCES));
  const ids = [...new Set(own === '' ? near : [...near, own])];
  // Without any Message-ID the same bytes are the same thread.
  if (ids.length === 0) return `T${digest(emailId).toString('base64url')}`;
  const keys = ids.map(digest);
  const missing: Buffer[] = [];
  let thread: string | undefined;
  // The nearest ancestor knows best.
  for (const key of keys.toReversed()) {
    const known = db.get<[string]>('SELECT thread_id FROM thread WHERE reference = ?', key)?.[0];
    if (known === undefined) missing.push(key);
    thread ??= known;
  }
  thread ??= `T${(keys[0] ?? digest(emailId)).toString('base64url')}`;
  for (const key of missing)
    db.run('INSERT OR IGNORE INTO thread (reference, thread_id) VALUES (?, ?)', key, thread);
  return thread;
}

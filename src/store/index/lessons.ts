import type { IndexDatabase } from './database.ts';

/** What somebody says of messages by what he does with them: to be learned. */
export interface Lesson {
  readonly kind: 'spam' | 'ham';
  /** The account that says it. */
  readonly by: string;
}

interface LessonRow extends Lesson {
  readonly id: number;
  /** Undefined when the message, or its mailbox, is gone. */
  readonly mailboxId: string | undefined;
  readonly uid: number;
}

/**
 * Notes what is said of messages of a mailbox; what was said before of the same message counts no more. Those for which
 * there is no room beside `most` others are left out; their number.
 */
export function addLessons(
  db: IndexDatabase,
  mailbox: number,
  uids: readonly number[],
  { kind, by }: Lesson,
  most: number,
): number {
  const room = Math.max(0, most - countLessons(db));
  for (const uid of uids.slice(0, room))
    db.run(
      'INSERT OR REPLACE INTO lesson (mailbox, uid, kind, account) VALUES (?, ?, ?, ?)',
      mailbox,
      uid,
      kind,
      by,
    );
  return Math.max(0, uids.length - room);
}

const countLessons = (db: IndexDatabase): number => db.get<[number]>('SELECT count(*) FROM lesson')?.[0] ?? 0;

/** What was said of messages goes with them to another mailbox of the account. */
export function moveLessons(
  db: IndexDatabase,
  from: number,
  to: number,
  pairs: readonly (readonly [source: number, target: number])[],
): void {
  if (db.get('SELECT 1 FROM lesson WHERE mailbox = ? LIMIT 1', from) === undefined) return;
  for (const [source, target] of pairs)
    db.run(
      'UPDATE OR REPLACE lesson SET mailbox = ?, uid = ? WHERE mailbox = ? AND uid = ?',
      to,
      target,
      from,
      source,
    );
}

/** The oldest, in the order in which they were said. */
export const readLessons = (db: IndexDatabase, most: number): LessonRow[] =>
  db
    .all<[number, string, string, string | null, number]>(
      `SELECT lesson.id, kind, account, mailbox_id, lesson.uid FROM lesson
       LEFT JOIN message USING (mailbox, uid) LEFT JOIN mailbox ON mailbox.id = message.mailbox ORDER BY lesson.id LIMIT ?`,
      most,
    )
    .map(([id, kind, by, mailboxId, uid]) => ({
      id,
      kind: kind === 'spam' ? 'spam' : 'ham',
      by,
      mailboxId: mailboxId ?? undefined,
      uid,
    }));

/** They were learned. One about the same message that was said meanwhile has another id, and stays. */
export function removeLessons(db: IndexDatabase, ids: readonly number[]): void {
  for (const id of ids) db.run('DELETE FROM lesson WHERE id = ?', id);
}

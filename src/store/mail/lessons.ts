import type { IndexDatabase } from '../index/database.ts';
import { addLessons, type Lesson, readLessons, removeLessons } from '../index/lessons.ts';
import { tracked } from './context.ts';
import type { IndexedAccount } from './account.ts';
import type { MailboxCore } from './core.ts';
import type { LessonMarks } from './lesson-marks.ts';

/** Something that is to be learned. */
export interface WaitingLesson extends Lesson {
  readonly id: number;
  /** As the message is read by IMAP; undefined when it is gone. Rejects with a `StoreError`. */
  readonly octets: () => Promise<Buffer | undefined>;
}

/**
 * What users say of messages by what they do with them, in the order in which they said it, until it is learned. It lies in
 * the accounts' indexes, so any process may note something and any other may learn it.
 */
export interface LessonQueue {
  /** Accounts that may have some. */
  accounts(): Promise<readonly string[]>;
  /** The oldest of an account. */
  next(account: string, most: number): Promise<readonly WaitingLesson[]>;
  /** They were learned, or cannot be. Durable when it resolves. */
  done(account: string, ids: readonly number[]): Promise<void>;
  /** Tells of what this process notes. */
  watch(listener: (account: string) => void): () => void;
}

/** Does something that teaches; `work` gets the lesson when it can be noted. */
export async function teaching<T>(
  { account, context }: MailboxCore,
  lesson: Lesson | undefined,
  work: (lesson: Lesson | undefined) => Promise<T>,
): Promise<T> {
  if (lesson === undefined || !(await context.lessons.announce(account))) return work(undefined);
  try {
    return await work(lesson);
  } finally {
    context.lessons.added(account);
  }
}

/** Within the transaction in which the messages change. */
export function noteLessons(
  { account, context }: MailboxCore,
  db: IndexDatabase,
  mailbox: number,
  uids: readonly number[],
  lesson: Lesson | undefined,
): void {
  if (lesson === undefined || uids.length === 0) return;
  const left = addLessons(db, mailbox, uids, lesson, context.settings.index.maxLessons);
  if (left > 0) context.log.warn({ account, messages: left }, 'too much waits to be learned, some is not');
}

export function createLessonQueue(
  marks: LessonMarks,
  open: (account: string) => Promise<IndexedAccount>,
): LessonQueue {
  return {
    accounts: () => marks.accounts(),
    watch: (listener) => marks.watch(listener),
    async next(account, most) {
      const mail = await open(account);
      const rows = mail.index.read((db) => readLessons(db, most));
      if (rows.length === 0) {
        await marks.clear(account);
        return [];
      }
      const mailboxes = new Map((await mail.mailboxes()).map((one) => [one.mailboxId, one]));
      return rows.map(({ id, kind, by, mailboxId, uid }) => ({
        id,
        kind,
        by,
        octets: async () => (mailboxId === undefined ? undefined : mailboxes.get(mailboxId)?.bytes(uid)),
      }));
    },
    async done(account, ids) {
      const mail = await open(account);
      await tracked(mail.context, () => mail.index.write((db) => removeLessons(db, ids)));
    },
  };
}

import { insertContent } from './contents.ts';
import type { IndexDatabase } from './database.ts';
import { mailboxRow } from './mailboxes.ts';
import { ascending, FILE, type FileColumns, fileOf, type FileRow } from './messages.ts';
import { type ContentIds, threadOf } from './threads.ts';

/** What a message is, when its file has been read. */
export interface Description {
  /** Octets as IMAP sends it. */
  readonly size: number;
  readonly lf: boolean;
  readonly emailId: string;
  /** Undefined for a message that nobody can describe. */
  readonly content: (ContentIds & { readonly json: string }) | undefined;
}

/** The first messages of a range of UIDs whose files nobody has read yet. */
export const undescribed = (
  db: IndexDatabase,
  mailbox: number,
  first: number,
  last: number,
  most: number,
): FileRow[] =>
  ascending(
    db.all<FileColumns>(
      `SELECT ${FILE} FROM message WHERE mailbox = ? AND email_id = '' AND uid BETWEEN ? AND ? ORDER BY uid LIMIT ?`,
      mailbox,
      first,
      last,
      most,
    ),
    first - 1,
  ).map(fileOf);

/**
 * Within a transaction: what the files of messages are, unless another process was quicker. No client hears of it as a
 * change: what it may have asked for before was not answered without.
 */
export function putDescriptions(
  db: IndexDatabase,
  mailboxId: string,
  described: readonly (readonly [row: Pick<FileRow, 'uid' | 'name'>, description: Description])[],
): void {
  const { id: mailbox } = mailboxRow(db, mailboxId);
  let grown = 0;
  for (const [{ uid, name }, { size, lf, emailId, content }] of described) {
    const guess = db.get<[number]>(
      `SELECT size FROM message WHERE mailbox = ? AND uid = ? AND name = ? AND email_id = ''`,
      mailbox,
      uid,
      name,
    )?.[0];
    if (guess === undefined) continue;
    grown += size - guess;
    const contentId = content === undefined ? null : insertContent(db, content.json, emailId);
    db.run(
      'UPDATE message SET size = ?, lf = ?, email_id = ?, thread_id = ?, content = ? WHERE mailbox = ? AND uid = ?',
      size,
      Number(lf),
      emailId,
      threadOf(db, emailId, content),
      contentId,
      mailbox,
      uid,
    );
  }
  if (grown !== 0) db.run('UPDATE mailbox SET size = size + ? WHERE id = ?', grown, mailbox);
}

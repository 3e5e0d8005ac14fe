import { MailboxChange } from '../index/change.ts';
import type { IndexDatabase } from '../index/database.ts';
import { fileRow, type FileRow } from '../index/messages.ts';
import { StoreError } from '../types.ts';
import type { MailboxCore } from './core.ts';

/** A message in whose place another one comes (RFC 8508), and where it is. */
export interface Replaced {
  readonly core: MailboxCore;
  readonly uid: number;
}

/**
 * Within a transaction: takes it out, with `change` where that is of the same mailbox. The file is removed later. Throws
 * `not-found`, which undoes the transaction, when the message has gone meanwhile.
 */
export function removeReplaced(db: IndexDatabase, { core, uid }: Replaced, change?: MailboxChange): FileRow {
  const same = change?.row.mailboxId === core.mailboxId;
  const own = same ? change : new MailboxChange(db, core.mailboxId);
  const row = fileRow(db, own.row.id, uid);
  if (row === undefined || !own.remove(uid, true))
    throw new StoreError('not-found', 'the message that is to be replaced is gone');
  if (!same) own.finish(core.context.settings.index.expungedRanges);
  return row;
}

/** After the transaction. */
export function tellReplaced({ core }: Replaced, gone: FileRow): void {
  core.tell('messages');
  core.removeFiles([gone]);
}

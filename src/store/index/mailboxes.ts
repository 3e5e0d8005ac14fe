import { StoreError } from '../types.ts';
import { IndexDamage, type IndexDatabase } from './database.ts';

/** What the index keeps of a mailbox. */
export interface MailboxRow {
  readonly id: number;
  readonly mailboxId: string;
  readonly name: string;
  readonly specialUse: readonly string[];
  readonly uidValidity: number;
  uidNext: number;
  modseq: number;
  firstRecent: number;
  forgotten: number;
  messages: number;
  unseen: number;
  deleted: number;
  size: number;
  readonly scanned: string;
}

type Columns = readonly [
  number,
  string,
  string,
  string,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  number,
  string,
];

const SELECT = `SELECT id, mailbox_id, name, special_use, uid_validity, uid_next, modseq, first_recent, forgotten,
  messages, unseen, deleted, size, scanned FROM mailbox`;

const SELECT_ONE = `${SELECT} WHERE mailbox_id = ?`;

/** What follows is sure to find numbers where there are to be numbers. */
const TYPES = Array.from({ length: 14 }, (_, at) => ((at > 0 && at < 4) || at === 13 ? 'string' : 'number'));

function rowOf(columns: Columns): MailboxRow {
  for (let at = 0; at < TYPES.length; at++)
    if (typeof columns[at] !== TYPES[at]) throw new IndexDamage('a row of a mailbox is damaged');
  return {
    id: columns[0],
    mailboxId: columns[1],
    name: columns[2],
    specialUse: columns[3] === '' ? [] : columns[3].split(' '),
    uidValidity: columns[4],
    uidNext: columns[5],
    modseq: columns[6],
    firstRecent: columns[7],
    forgotten: columns[8],
    messages: columns[9],
    unseen: columns[10],
    deleted: columns[11],
    size: columns[12],
    scanned: columns[13],
  };
}

/** Throws `not-found` when there is none. */
export function mailboxRow(db: IndexDatabase, mailboxId: string): MailboxRow {
  const columns = db.get<Columns>(SELECT_ONE, mailboxId);
  if (columns === undefined) {
    db.mailboxNumbers.delete(mailboxId);
    throw new StoreError('not-found', 'there is no such mailbox any more');
  }
  db.mailboxNumbers.set(mailboxId, columns[0]);
  return rowOf(columns);
}

/**
 * The `id` of its row as it was last read: what is read of a mailbox that is gone meanwhile is nothing. Throws `not-found`
 * when there was none.
 */
export const mailboxNumber = (db: IndexDatabase, mailboxId: string): number =>
  db.mailboxNumbers.get(mailboxId) ?? mailboxRow(db, mailboxId).id;

export const mailboxRows = (db: IndexDatabase): MailboxRow[] => db.all<Columns>(SELECT).map(rowOf);

/** Messages and octets of all mailboxes, or of one with all below it. */
export function usageOf(db: IndexDatabase, below?: string): { messages: number; size: number } {
  const sums = 'SELECT coalesce(sum(messages), 0), coalesce(sum(size), 0) FROM mailbox';
  const [messages, size] = (below === undefined
    ? db.get<[number, number]>(sums)
    : db.get<[number, number]>(
        // `0` comes after `/`: what is between them begins with the name and a slash.
        `${sums} WHERE name = ?1 OR (name > ?1 || '/' AND name < ?1 || '0')`,
        below,
      )) ?? [0, 0];
  return { messages, size };
}

/** What is written back after a change of its messages. */
export function saveMailbox(db: IndexDatabase, row: MailboxRow): void {
  db.run(
    `UPDATE mailbox SET uid_next = ?, modseq = ?, first_recent = ?, forgotten = ?, messages = ?, unseen = ?, deleted = ?,
     size = ? WHERE id = ?`,
    row.uidNext,
    row.modseq,
    row.firstRecent,
    row.forgotten,
    row.messages,
    row.unseen,
    row.deleted,
    row.size,
    row.id,
  );
}

export interface NewMailbox {
  readonly mailboxId: string;
  readonly name: string;
  readonly specialUse: readonly string[];
  readonly uidValidity: number;
  /** 1, or what another program's list of UIDs says. */
  readonly uidNext: number;
  /** What clients may have been told by an earlier index. */
  readonly modseq?: number;
}

export function insertMailbox(db: IndexDatabase, mailbox: NewMailbox): void {
  const { mailboxId, name, specialUse, uidValidity, uidNext, modseq } = mailbox;
  db.run(
    `INSERT INTO mailbox (mailbox_id, name, special_use, uid_validity, uid_next, modseq, forgotten)
     VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    mailboxId,
    name,
    specialUse.join(' '),
    uidValidity,
    uidNext,
    modseq ?? 1,
    // What was expunged before is not remembered by anybody.
    modseq ?? 0,
  );
  raiseCounter(db, 'uid_validity', uidValidity);
  countUp(db, 'mailboxes');
}

/** Gives mailboxes other names, all at once, so that they may change places. */
export function renameMailboxes(
  db: IndexDatabase,
  names: readonly { readonly mailboxId: string; readonly name: string }[],
): void {
  // No name holds a NUL: none is taken on the way.
  for (const { mailboxId } of names)
    db.run('UPDATE mailbox SET name = char(0) || mailbox_id WHERE mailbox_id = ?', mailboxId);
  for (const { mailboxId, name } of names)
    db.run('UPDATE mailbox SET name = ? WHERE mailbox_id = ?', name, mailboxId);
  if (names.length > 0) countUp(db, 'mailboxes');
}

export function setSpecialUse(db: IndexDatabase, mailboxId: string, specialUse: readonly string[]): void {
  db.run('UPDATE mailbox SET special_use = ? WHERE mailbox_id = ?', specialUse.join(' '), mailboxId);
  countUp(db, 'mailboxes');
}

/** With all that is known of its messages. */
export function deleteMailbox(db: IndexDatabase, mailboxId: string): void {
  const id = db.get<[number]>('SELECT id FROM mailbox WHERE mailbox_id = ?', mailboxId)?.[0];
  if (id === undefined) return;
  db.run(
    `UPDATE content SET uses = uses - 1 WHERE id IN (SELECT content FROM message WHERE mailbox = ? AND content IS NOT NULL)`,
    id,
  );
  db.run(
    `DELETE FROM content WHERE uses <= 0 AND id IN (SELECT content FROM message WHERE mailbox = ? AND content IS NOT NULL)`,
    id,
  );
  for (const table of ['message', 'expunged', 'doomed', 'keyword', 'lesson'])
    db.run(`DELETE FROM ${table} WHERE mailbox = ?`, id);
  db.run('DELETE FROM mailbox WHERE id = ?', id);
  db.forget();
  countUp(db, 'mailboxes');
}

export const counter = (db: IndexDatabase, name: string): number =>
  db.get<[number]>('SELECT value FROM counter WHERE name = ?', name)?.[0] ?? 0;

/** Tells other processes that something without a MODSEQ has changed. */
export function countUp(db: IndexDatabase, name: string): void {
  db.run(
    'INSERT INTO counter (name, value) VALUES (?, 1) ON CONFLICT (name) DO UPDATE SET value = value + 1',
    name,
  );
}

export function setCounter(db: IndexDatabase, name: string, value: number): void {
  db.run(
    'INSERT INTO counter (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2',
    name,
    value,
  );
}

/** Never lower than it was. */
export function raiseCounter(db: IndexDatabase, name: string, value: number): void {
  db.run(
    'INSERT INTO counter (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = max(value, ?2)',
    name,
    value,
  );
}

export const subscribed = (db: IndexDatabase): string[] =>
  db.all<[string]>('SELECT name FROM subscription ORDER BY name').map(([name]) => name);

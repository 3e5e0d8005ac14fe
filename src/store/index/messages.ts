import type { MailboxChanges, MailboxStatus, MessageFacts, UidRange } from '../mail/types.ts';
import { IndexDamage, type IndexDatabase } from './database.ts';
import type { MailboxRow } from './mailboxes.ts';
import { rangesOf } from './ranges.ts';

/** Messages read in one step: less than 10 ms. */
const PAGE = 1000;
/** UIDs that are listed one by one when nobody remembers which were expunged; beyond, only their ranges are complete. */
const MAX_VANISHED = 1_000_000;

/** Where the file of a message is. */
export interface FileRow {
  readonly uid: number;
  readonly name: string;
  readonly cur: boolean;
  readonly info: string;
  readonly lf: boolean;
  readonly size: number;
  /** '' while the file has not been read: then `lf` is not known, and `size` is a guess. */
  readonly emailId: string;
}

type FactColumns = readonly [number, number, string, number, number, number, number, string, string];
const FACTS = 'uid, system, keywords, modseq, internal_date, save_date, size, email_id, thread_id';
// Texts that are made once are found among the prepared statements without being read.
const FACTS_BETWEEN = `SELECT ${FACTS} FROM message WHERE mailbox = ? AND uid BETWEEN ? AND ? ORDER BY uid LIMIT ${PAGE}`;
const FACTS_OF_UID = `SELECT ${FACTS} FROM message WHERE mailbox = ? AND uid = ?`;
const FACTS_SINCE = `SELECT ${FACTS} FROM message WHERE mailbox = ? AND modseq > ? ORDER BY uid`;

const factsOf = (columns: FactColumns): MessageFacts => ({
  uid: columns[0],
  system: columns[1],
  keywords: columns[2],
  modseq: columns[3],
  internalDate: columns[4],
  saveDate: columns[5],
  size: columns[6],
  emailId: columns[7],
  threadId: columns[8],
});

export function factsBetween(
  db: IndexDatabase,
  mailbox: number,
  first: number,
  last: number,
): MessageFacts[] {
  return ascending(db.all<FactColumns>(FACTS_BETWEEN, mailbox, first, last), first - 1).map(factsOf);
}

/** Rows that begin with their UIDs. In a damaged index they may have another order, and then a reader never ends. */
export function ascending<T extends readonly [number, ...unknown[]]>(
  rows: readonly T[],
  after: number,
): readonly T[] {
  let last = after;
  for (const [uid] of rows) {
    // Neither is what is no number at all.
    if (!(uid > last)) throw new IndexDamage(`UID ${uid} comes after ${last}`);
    last = uid;
  }
  return rows;
}

/** Reads page after page with `read`, so that nothing is held open while the caller works. */
export function* pagedFacts(
  read: (first: number, last: number) => MessageFacts[],
  ranges: readonly UidRange[],
): Iterable<MessageFacts> {
  for (const [first, last] of ranges) {
    for (let from = first; from <= last; ) {
      const page = read(from, last);
      yield* page;
      const end = page.at(-1);
      if (end === undefined || page.length < PAGE) break;
      from = end.uid + 1;
    }
  }
}

export const factsOfUid = (db: IndexDatabase, mailbox: number, uid: number): MessageFacts | undefined => {
  const columns = db.get<FactColumns>(FACTS_OF_UID, mailbox, uid);
  return columns === undefined ? undefined : factsOf(columns);
};

export const uidsOf = (db: IndexDatabase, mailbox: number): number[] =>
  db.numbers(
    // Through the narrow index: the table itself is some twenty times as large.
    'SELECT json_group_array(uid) FROM message INDEXED BY message_modseq WHERE mailbox = ?',
    mailbox,
  );

export type FileColumns = readonly [number, string, number, string, number, number, string];
export const FILE = 'uid, name, cur, info, lf, size, email_id';
const FILE_OF_UID = `SELECT ${FILE} FROM message WHERE mailbox = ? AND uid = ?`;
const FILES_AFTER = `SELECT ${FILE} FROM message WHERE mailbox = ? AND uid > ? ORDER BY uid LIMIT ${PAGE}`;
export const fileOf = (columns: FileColumns): FileRow => ({
  uid: columns[0],
  name: columns[1],
  cur: columns[2] === 1,
  info: columns[3],
  lf: columns[4] === 1,
  size: columns[5],
  emailId: columns[6],
});

export function fileRow(db: IndexDatabase, mailbox: number, uid: number): FileRow | undefined {
  const columns = db.get<FileColumns>(FILE_OF_UID, mailbox, uid);
  return columns === undefined ? undefined : fileOf(columns);
}

/** The next files after a UID, for one who goes through all of them. */
export const filesAfter = (db: IndexDatabase, mailbox: number, uid: number): FileRow[] =>
  ascending(db.all<FileColumns>(FILES_AFTER, mailbox, uid), uid).map(fileOf);

export const filesBetween = (db: IndexDatabase, mailbox: number, first: number, last: number): FileRow[] =>
  ascending(
    db.all<FileColumns>(
      `SELECT ${FILE} FROM message WHERE mailbox = ? AND uid BETWEEN ? AND ? ORDER BY uid`,
      mailbox,
      first,
      last,
    ),
    first - 1,
  ).map(fileOf);

export const uidOfName = (db: IndexDatabase, mailbox: number, name: string): number | undefined =>
  db.get<[number]>('SELECT uid FROM message WHERE mailbox = ? AND name = ?', mailbox, name)?.[0];

export function statusOf(db: IndexDatabase, row: MailboxRow): MailboxStatus {
  const one = (sql: string, ...values: number[]): number | undefined =>
    db.get<[number | null]>(sql, ...values)?.[0] ?? undefined;
  return {
    messages: row.messages,
    uidNext: row.uidNext,
    uidValidity: row.uidValidity,
    unseen: row.unseen,
    deleted: row.deleted,
    size: row.size,
    highestModseq: row.modseq,
    firstUnseen: one('SELECT min(uid) FROM message WHERE mailbox = ? AND system & 1 = 0', row.id),
    recent:
      row.firstRecent >= row.uidNext
        ? 0
        : (one('SELECT count(*) FROM message WHERE mailbox = ? AND uid >= ?', row.id, row.firstRecent) ?? 0),
    keywords: keywordNames(db, row.id),
  };
}

/** In the order in which they came. */
export const keywordNames = (db: IndexDatabase, mailbox: number): string[] =>
  db
    .all<[string]>('SELECT name FROM keyword WHERE mailbox = ? ORDER BY number', mailbox)
    .map(([name]) => name);

export function changesSince(db: IndexDatabase, row: MailboxRow, since: number): MailboxChanges {
  const complete = since >= row.forgotten;
  // Asked for after every command: mostly nothing has happened.
  if (complete && since >= row.modseq)
    return { modseq: row.modseq, changed: [], vanished: [], vanishedRanges: [], complete };
  const changed = db.all<FactColumns>(FACTS_SINCE, row.id, since).map(factsOf);
  const gone = complete
    ? db
        .all<[number, number]>(
          'SELECT first, last FROM expunged WHERE mailbox = ? AND modseq > ? ORDER BY first',
          row.id,
          since,
        )
        .map(([first, last]): UidRange => [first, last])
    : gapsOf(uidsOf(db, row.id), row.uidNext);
  return { modseq: row.modseq, changed, vanished: expanded(gone), vanishedRanges: gone, complete };
}

/** Everything below `next` that is not in `uids`. */
function gapsOf(uids: readonly number[], next: number): UidRange[] {
  const gaps: UidRange[] = [];
  let from = 1;
  for (const [first, last] of rangesOf(uids)) {
    if (first > from) gaps.push([from, first - 1]);
    from = last + 1;
  }
  if (next > from) gaps.push([from, next - 1]);
  return gaps;
}

function expanded(ranges: readonly UidRange[]): number[] {
  const uids: number[] = [];
  // The newest first: when there are too many, those are the ones a client may know.
  for (const [first, last] of ranges.toReversed())
    for (let uid = last; uid >= first && uids.length < MAX_VANISHED; uid--) uids.push(uid);
  return uids.toReversed();
}

import { constants, zstdCompressSync } from 'node:zlib';
import type { Envelope } from '../mail/content-types.ts';
import { describe } from '../mail/content.ts';
import type { MessagePlace } from '../mail/types.ts';
import { mailboxRow, SearchDamage } from './database.ts';
import type { MailboxKey, SearchDatabase } from './database.ts';
import { searchDocument } from './document.ts';
import { readPlace } from './message-file.ts';
import { sortKeys } from './sort-keys.ts';

/** A message to be taken in. Without `raw` and `place` it is one whose text the index has, or one that nobody can read. */
export interface NewEntry {
  readonly uid: number;
  readonly emailId: string;
  /** Where its octets are, for the thread to read. */
  readonly place?: MessagePlace;
  readonly raw?: Uint8Array;
  /** False when `raw` is not all of it. */
  readonly whole?: boolean;
  readonly envelope?: Envelope;
}

/** Reads what is to be read; UIDs of those whose files are not there. */
export function readEntries(entries: readonly NewEntry[]): { read: readonly NewEntry[]; missing: number[] } {
  const missing: number[] = [];
  const read = entries.map((entry): NewEntry => {
    if (entry.place === undefined) return entry;
    const raw = readPlace(entry.place);
    if (raw === undefined) missing.push(entry.uid);
    return raw === undefined ? entry : { ...entry, raw, envelope: describe(raw).envelope };
  });
  return { read, missing };
}

/** How far a mailbox is in the index, and how many of its messages. */
export function mailboxState(
  database: SearchDatabase,
  mailbox: MailboxKey,
): { readonly upTo: number; readonly count: number } {
  const row = mailboxRow(database, mailbox);
  if (row === undefined) return { upTo: 0, count: 0 };
  const [count] = database
    .statement('SELECT count(*) FROM place WHERE mailbox = ?')
    .get(row.id) as unknown as [number];
  return { upTo: row.upTo, count };
}

/** For each message whether its text is in the index. */
export function known(database: SearchDatabase, emailIds: readonly string[]): readonly boolean[] {
  const find = database.statement('SELECT 1 FROM document WHERE email_id = ?');
  return emailIds.map((emailId) => find.get(emailId) !== undefined);
}

/** Takes messages in, with `upTo` as far as the mailbox now is. One transaction. */
export function add(
  database: SearchDatabase,
  mailbox: MailboxKey,
  entries: readonly NewEntry[],
  upTo: number,
  maxCharacters: number,
): void {
  // What costs time is done before the file is held.
  const made = entries.map((entry) => make(entry, maxCharacters));
  database.transaction(() => {
    database
      .statement(
        `INSERT INTO mailbox (mailbox_id, uid_validity, up_to) VALUES (?, ?, ?)
         ON CONFLICT DO UPDATE SET up_to = max(up_to, excluded.up_to)`,
      )
      .run(mailbox.mailboxId, mailbox.uidValidity, upTo);
    const row = mailboxRow(database, mailbox);
    if (row === undefined) return;
    const place = database.statement(
      'INSERT OR REPLACE INTO place (mailbox, uid, document) VALUES (?, ?, ?)',
    );
    for (const entry of made) place.run(row.id, entry.uid, documentId(database, entry));
  });
}

type Made = ReturnType<typeof make>;

const NO_ENVELOPE: Envelope = {
  date: null,
  subject: null,
  from: [],
  sender: [],
  replyTo: [],
  to: [],
  cc: [],
  bcc: [],
  inReplyTo: null,
  messageId: null,
  sent: null,
  references: [],
};

function make({ uid, emailId, raw, whole, envelope }: NewEntry, maxCharacters: number) {
  const document = raw && searchDocument(raw, maxCharacters);
  return { uid, emailId, document, whole: whole ?? true, keys: sortKeys(envelope ?? NO_ENVELOPE) };
}

function documentId(database: SearchDatabase, { emailId, document, whole, keys }: Made): number | bigint {
  const found = database.statement('SELECT id FROM document WHERE email_id = ?').get(emailId);
  if (found !== undefined) return (found as unknown as [number])[0];
  const { lastInsertRowid: id } = database
    .statement(
      `INSERT INTO document (email_id, complete, sent, sent_day, subject, reply, from_key, to_key, cc_key, display_from,
         display_to, message_id, reference) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    )
    .run(
      emailId,
      document?.complete === true && whole ? 1 : 0,
      keys.sent,
      keys.sentDay,
      keys.subject,
      keys.reply ? 1 : 0,
      keys.from,
      keys.to,
      keys.cc,
      keys.displayFrom,
      keys.displayTo,
      keys.messageId,
      keys.references.join('\n'),
    );
  if (document === undefined) return id;
  database
    .statement('INSERT INTO text (document, header, body) VALUES (?, ?, ?)')
    .run(id, packed(document.header), packed(document.body));
  database
    .statement('INSERT INTO header_terms (rowid, text) VALUES (?, ?)')
    .run(id, document.header.toString());
  database.statement('INSERT INTO body_terms (rowid, text) VALUES (?, ?)').run(id, document.body.toString());
  return id;
}

/** With a checksum: SQLite has none, and gives out octets that have rotted as they are. */
const packed = (text: Uint8Array): Buffer =>
  zstdCompressSync(text, { params: { [constants.ZSTD_c_checksumFlag]: 1 } });

/**
 * Takes out the messages of a mailbox whose UIDs are not in `uids`. Those from `uidNext` on came after that list was made,
 * and were taken in by another process. Returns how far the mailbox is in the index without a gap: what is damaged may have
 * lost some, or say that it has more than there is.
 */
export function keep(
  database: SearchDatabase,
  mailbox: MailboxKey,
  uids: Uint32Array,
  uidNext: number,
): number {
  const row = mailboxRow(database, mailbox);
  if (row === undefined) return 0;
  const there = new Set(uids);
  const places = database.statement('SELECT uid FROM place WHERE mailbox = ?').all(row.id) as unknown as [
    number,
  ][];
  const remove = database.statement('DELETE FROM place WHERE mailbox = ? AND uid = ?');
  const taken = new Set(places.map(([uid]) => uid));
  const missing = uids.find((uid) => uid <= row.upTo && !taken.has(uid));
  const upTo = missing === undefined ? row.upTo : missing - 1;
  database.transaction(() => {
    for (const [uid] of places) if (uid < uidNext && !there.has(uid)) remove.run(row.id, uid);
    if (upTo < row.upTo) database.statement('UPDATE mailbox SET up_to = ? WHERE id = ?').run(upTo, row.id);
  });
  return upTo;
}

/** Takes out the mailboxes of the account that are not among these. */
export function keepMailboxes(database: SearchDatabase, mailboxes: readonly MailboxKey[]): void {
  const there = new Set(mailboxes.map(({ mailboxId, uidValidity }) => `${uidValidity} ${mailboxId}`));
  const rows = database.statement('SELECT id, mailbox_id, uid_validity FROM mailbox').all() as unknown as [
    number,
    string,
    number,
  ][];
  database.transaction(() => {
    for (const [id, mailboxId, uidValidity] of rows) {
      if (there.has(`${uidValidity} ${mailboxId}`)) continue;
      database.statement('DELETE FROM place WHERE mailbox = ?').run(id);
      database.statement('DELETE FROM mailbox WHERE id = ?').run(id);
    }
  });
}

/** Removes at most so many of the texts that no mailbox has any more. False when none are left. */
export function sweep(database: SearchDatabase, documents: number): boolean {
  // Found while the file is held: nobody gives one of them a place in between.
  return database.transaction(() => {
    const orphans = database
      .statement(
        'SELECT id FROM document WHERE NOT EXISTS (SELECT 1 FROM place WHERE place.document = document.id) LIMIT ?',
      )
      .all(documents) as unknown as [number][];
    for (const [id] of orphans) {
      for (const sql of [
        'DELETE FROM header_terms WHERE rowid = ?',
        'DELETE FROM body_terms WHERE rowid = ?',
        'DELETE FROM text WHERE document = ?',
      ])
        database.statement(sql).run(id);
      const { changes } = database.statement('DELETE FROM document WHERE id = ?').run(id);
      // In the table and not in it: it would be found again and again.
      if (Number(changes) === 0) throw new SearchDamage('a text cannot be removed');
    }
    return orphans.length === documents;
  });
}

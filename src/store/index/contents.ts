import { crc32 } from 'node:zlib';
import type { IndexDatabase } from './database.ts';

/**
 * SQLite has no checksums of its own: octets that rot in a row are given out as they are. What is told of a message can be
 * made anew from its file, so it is enough to notice. That of the message is in it, so that no message gets another one's.
 */
const checksumOf = (json: string, emailId: string): number => crc32(json, crc32(emailId));

/** Within a transaction: the id of the content of one message, kept as JSON. */
export const insertContent = (db: IndexDatabase, json: string, emailId: string): number =>
  db.run('INSERT INTO content (uses, data, checksum) VALUES (1, ?, ?)', json, checksumOf(json, emailId)).id;

export interface KeptContent {
  /** '' while the file has not been read. */
  readonly emailId: string;
  /** As it was put in; undefined when there is none, or it is damaged. */
  readonly json: string | undefined;
}

/** What is kept of one message; undefined when there is no such message. */
export function keptContent(db: IndexDatabase, mailbox: number, uid: number): KeptContent | undefined {
  const found = db.get<[string, unknown, unknown]>(
    `SELECT email_id, data, checksum FROM message LEFT JOIN content ON content.id = content WHERE mailbox = ? AND uid = ?`,
    mailbox,
    uid,
  );
  if (found === undefined) return undefined;
  const [emailId, data, checksum] = found;
  return { emailId, json: soundJson(data, checksum, emailId) };
}

/** Within a transaction: in the place of none, or of a damaged one, for all copies that share it. */
export function keepContent(db: IndexDatabase, mailbox: number, uid: number, json: string): void {
  const [emailId, kept] =
    db.get<[string, number | null]>(
      'SELECT email_id, content FROM message WHERE mailbox = ? AND uid = ?',
      mailbox,
      uid,
    ) ?? [];
  if (emailId === undefined) return;
  const { changes } = db.run(
    'UPDATE content SET data = ?, checksum = ? WHERE id = ?',
    json,
    checksumOf(json, emailId),
    kept ?? null,
  );
  if (changes > 0) return;
  const content = insertContent(db, json, emailId);
  db.run('UPDATE message SET content = ? WHERE mailbox = ? AND uid = ?', content, mailbox, uid);
}

/** By its id, as a message with this EMAILID has it. */
export function soundContent(db: IndexDatabase, id: number, emailId: string): string | undefined {
  const [data, checksum] =
    db.get<[unknown, unknown]>('SELECT data, checksum FROM content WHERE id = ?', id) ?? [];
  return soundJson(data, checksum, emailId);
}

function soundJson(data: unknown, checksum: unknown, emailId: string): string | undefined {
  if (typeof data !== 'string') return undefined;
  // Those of before version 4 have none.
  const sound = checksum === null ? isJson(data) : checksum === checksumOf(data, emailId);
  return sound ? data : undefined;
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** UIDs of messages whose content is damaged: it is made anew when it is asked for. */
export const damagedContents = (db: IndexDatabase, mailbox: number): number[] =>
  db
    .all<[number, string, number]>(
      'SELECT uid, email_id, content FROM message WHERE mailbox = ? AND content IS NOT NULL ORDER BY uid',
      mailbox,
    )
    .flatMap(([uid, emailId, content]) => (soundContent(db, content, emailId) === undefined ? [uid] : []));

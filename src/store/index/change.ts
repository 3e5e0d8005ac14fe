import { SystemFlag, type MessageFacts } from '../mail/types.ts';
import { StoreError } from '../types.ts';
import { insertContent } from './contents.ts';
import type { IndexDatabase } from './database.ts';
import { type MailboxRow, mailboxRow, saveMailbox } from './mailboxes.ts';
import { rangesOf } from './ranges.ts';

/** UIDs and UIDVALIDITY have 32 bits (RFC 9051 §2.3.1.1). */
const MAX_UID = 0xffff_ffff;
/** Changes after which the list of the expunged is shortened again. */
const TRIM_EVERY = 256;

export interface NewMessageRow {
  readonly name: string;
  readonly cur: boolean;
  readonly info: string;
  readonly system: number;
  readonly keywords: string;
  readonly internalDate: number;
  readonly saveDate: number;
  readonly size: number;
  readonly lf: boolean;
  readonly emailId: string;
  readonly threadId: string;
  /** Its content as JSON; or the id of the content of the same message elsewhere in the account. */
  readonly content: string | number | null;
  /** The UID that another program gave it. */
  readonly uid?: number;
  /** The flags are not in the name of the file. */
  readonly dirty?: boolean;
}

/** One change of a mailbox within a transaction: all its messages get the same new MODSEQ, and the counters follow. */
export class MailboxChange {
  readonly row: MailboxRow;
  readonly modseq: number;
  readonly #db: IndexDatabase;
  readonly #expunged: number[] = [];
  #changed = false;

  constructor(db: IndexDatabase, mailboxId: string) {
    this.#db = db;
    this.row = mailboxRow(db, mailboxId);
    this.modseq = this.row.modseq + 1;
  }

  /** The UID it gets. */
  insert(message: NewMessageRow): number {
    const { row } = this;
    const uid = message.uid ?? row.uidNext;
    if (uid > MAX_UID) throw new StoreError('full', 'the mailbox has no UIDs left');
    this.#db.run(
      `INSERT INTO message (mailbox, uid, name, cur, info, dirty, system, keywords, modseq, internal_date, save_date, size,
       lf, email_id, thread_id, content) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      row.id,
      uid,
      message.name,
      Number(message.cur),
      message.info,
      Number(message.dirty ?? false),
      message.system,
      message.keywords,
      this.modseq,
      message.internalDate,
      message.saveDate,
      message.size,
      Number(message.lf),
      message.emailId,
      message.threadId,
      this.#content(message),
    );
    row.uidNext = Math.max(row.uidNext, uid + 1);
    this.#count(message.system, message.size, 1);
    return uid;
  }

  #content({ content, emailId }: NewMessageRow): number | null {
    if (content === null) return null;
    if (typeof content === 'string') return insertContent(this.#db, content, emailId);
    const { changes } = this.#db.run('UPDATE content SET uses = uses + 1 WHERE id = ?', content);
    return changes === 0 ? null : content;
  }

  /** The facts as they are afterwards. `dirty`: the name of the file is to follow. */
  setFlags(facts: MessageFacts, system: number, keywords: string, dirty = true): MessageFacts {
    this.#db.run(
      `UPDATE message SET system = ?, keywords = ?, modseq = ?, dirty = dirty | ? WHERE mailbox = ? AND uid = ?`,
      system,
      keywords,
      this.modseq,
      Number(dirty),
      this.row.id,
      facts.uid,
    );
    this.#count(facts.system, 0, -1);
    this.#count(system, 0, 1);
    return { ...facts, system, keywords, modseq: this.modseq };
  }

  /**
   * Forgets it, and remembers that it is gone. `doomed`: its file is there, and to be removed. False when it was not
   * there.
   */
  remove(uid: number, doomed: boolean): boolean {
    const removed = this.#db.get<[string, number, number, number | null]>(
      'DELETE FROM message WHERE mailbox = ? AND uid = ? RETURNING name, system, size, content',
      this.row.id,
      uid,
    );
    if (removed === undefined) return false;
    const [name, system, size, content] = removed;
    if (doomed) this.#db.run('INSERT OR IGNORE INTO doomed (mailbox, name) VALUES (?, ?)', this.row.id, name);
    if (content !== null) {
      // Mostly nobody else has the same.
      const { changes } = this.#db.run('DELETE FROM content WHERE id = ? AND uses <= 1', content);
      if (changes === 0) this.#db.run('UPDATE content SET uses = uses - 1 WHERE id = ?', content);
    }
    this.#count(system, size, -1);
    this.#expunged.push(uid);
    return true;
  }

  /** Writes the counters; without a change nothing. */
  finish(expungedRanges: number): boolean {
    if (!this.#changed) return false;
    const { row } = this;
    row.modseq = this.modseq;
    for (const [first, last] of rangesOf(this.#expunged))
      this.#db.run(
        'INSERT INTO expunged (mailbox, modseq, first, last) VALUES (?, ?, ?, ?)',
        row.id,
        row.modseq,
        first,
        last,
      );
    if (this.#expunged.length > 0 && row.modseq % TRIM_EVERY === 0) this.#trim(expungedRanges);
    saveMailbox(this.#db, row);
    return true;
  }

  #trim(keep: number): void {
    const oldest = this.#db.get<[number]>(
      'SELECT modseq FROM expunged WHERE mailbox = ? ORDER BY modseq DESC, first DESC LIMIT 1 OFFSET ?',
      this.row.id,
      keep,
    );
    if (oldest === undefined) return;
    this.#db.run('DELETE FROM expunged WHERE mailbox = ? AND modseq <= ?', this.row.id, oldest[0]);
    this.row.forgotten = oldest[0];
  }

  #count(system: number, size: number, by: 1 | -1): void {
    const { row } = this;
    this.#changed = true;
    row.size += size * by;
    if ((system & SystemFlag.seen) === 0) row.unseen += by;
    if ((system & SystemFlag.deleted) !== 0) row.deleted += by;
    row.messages += by;
  }
}

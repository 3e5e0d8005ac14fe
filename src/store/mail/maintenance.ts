import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { damagedContents } from '../index/contents.ts';
import { mailboxRows } from '../index/mailboxes.ts';
import { StoreError } from '../types.ts';
import type { IndexedAccount } from './account.ts';
import { splitName } from './file-name.ts';
import type { TakenUids } from './uid-list.ts';

/** Something about an index that is not as it should be. */
interface IndexFault {
  /** Undefined when it is about the account. */
  readonly mailbox?: string;
  readonly text: string;
}

export interface IndexReport {
  readonly mailboxes: number;
  readonly messages: number;
  readonly faults: readonly IndexFault[];
}

const texts = ['name', 'info', 'keywords', 'email_id', 'thread_id'];
const numbers = ['uid', 'cur', 'dirty', 'system', 'modseq', 'internal_date', 'save_date', 'size', 'lf'];
/** SQLite keeps whatever it finds in a column. A date may have a fraction. */
const UNSOUND = `NOT (${[
  ...texts.map((column) => `typeof(${column}) = 'text'`),
  ...numbers.map((column) => `typeof(${column}) IN ('integer', 'real')`),
].join(' AND ')})`;

/**
 * Compares the index of an account with its Maildir, and its counters with its rows. What another program did a moment ago
 * is taken in first; it is no fault.
 */
export async function checkIndex(account: IndexedAccount): Promise<IndexReport> {
  const faults: IndexFault[] = [];
  const mailboxes = await account.mailboxes();
  const unusable = new Set<string>();
  for (const mailbox of mailboxes)
    await mailbox.sync().catch((error: unknown) => {
      // One in whose place something odd stands; the others are looked at all the same.
      if (!(error instanceof StoreError)) throw error;
      unusable.add(mailbox.name);
      faults.push({ mailbox: mailbox.name, text: error.message });
    });
  await account.settle();
  const rows = account.index.read((db) => {
    for (const [text] of db.all<[string]>('PRAGMA integrity_check(20)'))
      if (text !== 'ok') faults.push({ text });
    return mailboxRows(db);
  });
  let messages = 0;
  for (const row of rows) {
    const { name: mailbox } = row;
    const counted = account.index.read((db) =>
      db.get<[number, number, number, number, number, number, number, number]>(
        `SELECT count(*), coalesce(sum(system & 1 = 0), 0), coalesce(sum(system & 8 <> 0), 0), coalesce(sum(size), 0),
         coalesce(max(uid), 0), coalesce(max(modseq), 0), coalesce(min(uid), 1),
         coalesce(sum(${UNSOUND}), 0) FROM message WHERE mailbox = ?`,
        row.id,
      ),
    ) ?? [0, 0, 0, 0, 0, 0, 1, 0];
    const [count, unseen, deleted, size, uid, modseq, first, unsound] = counted;
    messages += count;
    if (count !== row.messages || unseen !== row.unseen || deleted !== row.deleted || size !== row.size)
      faults.push({ mailbox, text: 'its counters are not those of its messages' });
    if (first < 1) faults.push({ mailbox, text: `UID ${first} is none` });
    if (unsound > 0) faults.push({ mailbox, text: `rows of ${unsound} messages are damaged` });
    if (uid >= row.uidNext) faults.push({ mailbox, text: `UIDNEXT ${row.uidNext} is not above UID ${uid}` });
    if (modseq > row.modseq) faults.push({ mailbox, text: `a message is newer than its HIGHESTMODSEQ` });
    for (const damaged of account.index.read((db) => damagedContents(db, row.id)))
      faults.push({ mailbox, text: `what is kept of UID ${damaged} is damaged` });
    if (!unusable.has(mailbox)) faults.push(...(await compareFiles(account, row.id, mailbox)));
  }
  return { mailboxes: rows.length, messages, faults };
}

async function compareFiles(account: IndexedAccount, id: number, mailbox: string): Promise<IndexFault[]> {
  const folder = account.folder(mailbox);
  const files = new Set<string>();
  for (const part of ['new', 'cur'])
    for (const entry of await readdir(join(folder, part), { withFileTypes: true }))
      if (entry.isFile() && !entry.name.startsWith('.')) files.add(splitName(entry.name).name);
  const faults: IndexFault[] = [];
  const known = account.index.read((db) =>
    db.all<[number, string]>('SELECT uid, name FROM message WHERE mailbox = ?', id),
  );
  for (const [uid, name] of known)
    if (!files.delete(name)) faults.push({ mailbox, text: `the file of UID ${uid} is not there (${name})` });
  const doomed = account.index.read((db) =>
    db.all<[string]>('SELECT name FROM doomed WHERE mailbox = ?', id).map(([name]) => name),
  );
  for (const name of doomed) files.delete(name);
  for (const name of files) faults.push({ mailbox, text: `a file is in no index (${name})` });
  return faults;
}

/**
 * Puts the index aside and makes it anew from the Maildir. Messages keep the UIDs that the old index can still tell; where it
 * cannot, UIDs are given again under a new UIDVALIDITY, and clients load their lists anew. `progress` is told after each
 * mailbox. Nobody else should use the account meanwhile.
 */
export async function rebuildIndex(
  account: IndexedAccount,
  progress: (mailbox: string, messages: number) => void = () => undefined,
): Promise<IndexReport> {
  await account.settle().catch((err: unknown) => {
    account.context.log.warn({ account: account.account, err }, 'the files cannot follow a damaged index');
  });
  await account.replaceIndex(existsSync(account.index.path) ? keptUids(account) : new Map());
  let messages = 0;
  const mailboxes = await account.mailboxes();
  for (const mailbox of mailboxes) {
    const count = mailbox.status().messages;
    messages += count;
    progress(mailbox.name, count);
  }
  return { mailboxes: mailboxes.length, messages, faults: [] };
}

const isNumber32 = (value: number): boolean => Number.isInteger(value) && value > 0 && value <= 0xffff_ffff;

/** Nothing of a mailbox whose UIDs contradict themselves, and nothing at all of a damaged file. */
function keptUids(account: IndexedAccount): Map<string, TakenUids> {
  const kept = new Map<string, TakenUids>();
  try {
    account.index.read((db) => {
      for (const row of mailboxRows(db)) {
        const messages = db.all<[number, string]>(
          'SELECT uid, name FROM message NOT INDEXED WHERE mailbox = ? ORDER BY uid',
          row.id,
        );
        const uids = new Map(messages.map(([uid, name]) => [name, uid]));
        const { uidValidity, uidNext, modseq } = row;
        const numbers = messages.map(([uid]) => uid);
        const ordered = [0, ...numbers, uidNext].every(
          (uid, at, list) => at === 0 || uid > (list[at - 1] ?? 0),
        );
        if (uids.size !== messages.length || !ordered || !isNumber32(uidValidity) || !isNumber32(uidNext))
          continue;
        kept.set(row.mailboxId, { uidValidity, uidNext, uids, modseq });
      }
    });
    return kept;
  } catch (err) {
    account.context.log.warn({ account: account.account, err }, 'the UIDs of a damaged index cannot be kept');
    return new Map();
  }
}

import { lstatSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { MailboxChange } from '../index/change.ts';
import type { IndexDatabase } from '../index/database.ts';
import { mailboxRow } from '../index/mailboxes.ts';
import { factsOfUid, type FileRow, filesAfter } from '../index/messages.ts';
import { errorCode } from '../durable.ts';
import { linkError, StoreError } from '../types.ts';
import { chunksOf, forEachOf, sortInTurns } from './concurrent.ts';
import { CHUNK, keywordNamesOf, type MailboxCore, readMailbox } from './core.ts';
import { flagsOf, infoOf, mergedFlags, splitName } from './file-name.ts';
import { type Place, readForeign } from './files.ts';
import { type IncomingRow, insertIncoming } from './incoming.ts';
import { mergeKeywords, readKeywordsFile } from './keywords.ts';
import { respell, UNSPELT } from './odd-names.ts';
import { takeIn, type TakenIn } from './take-in.ts';
import { type Fresh, NO_MESSAGE, takeOver } from './take-over.ts';
import { hostPart, OWN_NAME } from '../unique-name.ts';
import { takenOver, type TakenUids } from './uid-list.ts';

/** Files of other programs that are read before they are told to the index. */
const BATCH = 64;
/** Names that are looked at before others get their turn: some milliseconds. */
const NAMES = 4096;
/** From so many files on nobody waits until they are read. */
const MANY = 1000;

/**
 * Times of the folders in which files are, as text. Asked for with nearly every command: the kernel has the answer at hand,
 * and to hand the question to another thread takes several times as long.
 */
export function folderTimes(folder: string): { text: string; youngest: number } {
  const fresh = lstatSync(join(folder, 'new'), { bigint: true });
  const cur = lstatSync(join(folder, 'cur'), { bigint: true });
  // A link in their place could lead into the mail of another.
  for (const [name, stats] of [
    ['new', fresh],
    ['cur', cur],
  ] as const)
    if (stats.isSymbolicLink()) throw linkError(name);
  if (!fresh.isDirectory() || !cur.isDirectory())
    throw new StoreError('io', `${folder} has no folders new and cur`);
  const newer = fresh.mtimeNs > cur.mtimeNs ? fresh.mtimeNs : cur.mtimeNs;
  return { text: `${fresh.mtimeNs} ${cur.mtimeNs}`, youngest: Number(newer / 1_000_000n) };
}

/** The files of a mailbox by their names. Those that begin with a dot are none (Maildir). */
async function listFiles(folder: string): Promise<Map<string, Place>> {
  const files = new Map<string, Place>();
  for (const cur of [false, true]) {
    const path = join(folder, cur ? 'cur' : 'new');
    const take = (file: string): void => {
      if (file.startsWith('.')) return;
      const { name, info } = splitName(file);
      files.set(name, { cur, info });
    };
    let odd = false;
    for (const some of chunksOf(await readdir(path), NAMES)) {
      for (const file of some)
        if (file.includes(UNSPELT)) odd = true;
        else take(file);
      if (some.length === NAMES) await nextTurn();
    }
    if (odd) for (const file of await respell(path)) take(file);
  }
  return files;
}

/** Milliseconds in which a process of ours tells the index of a file that it has put into a folder. */
const UNDER_WAY = 1500;

/**
 * Whether a file was named a moment ago by another process of ours that still runs: it will tell the index of it itself.
 * Should it not, a later scan takes the file in, since a folder that has just changed is looked at again.
 */
function isUnderWay(name: string, hostname: string, now: number): boolean {
  const made = OWN_NAME.exec(name);
  if (made === null || made[4] !== hostPart(hostname)) return false;
  const age = now - Number(made[1]) * 1000 - Number(made[2]) / 1000;
  const pid = Number(made[3]);
  // What this one is about to tell is known: `isBusy`.
  return age >= -UNDER_WAY && age < UNDER_WAY && pid !== process.pid && isRunning(pid);
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // There is one, of another user.
    return errorCode(error) === 'EPERM';
  }
}

/** Takes into the index what other programs did in the folders. True when something was different. */
export async function scan(core: MailboxCore): Promise<boolean> {
  await takeKeywords(core);
  const found = await listFiles(core.files.folder);
  const missing: FileRow[] = [];
  const moved: { row: FileRow; place: Place }[] = [];
  for (let after = 0; ; ) {
    const rows = readMailbox(core, (db, row) => filesAfter(db, row.id, after));
    for (const row of rows) {
      const place = found.get(row.name);
      found.delete(row.name);
      if (core.files.isBusy(row.name)) continue;
      if (place === undefined) missing.push(row);
      else if (place.cur !== row.cur || place.info !== row.info) moved.push({ row, place });
    }
    const last = rows.at(-1);
    if (last === undefined) break;
    after = last.uid;
    await nextTurn();
  }
  const doomed = new Set(
    readMailbox(core, (db, row) =>
      db.all<[string]>('SELECT name FROM doomed WHERE mailbox = ?', row.id).map(([name]) => name),
    ),
  );
  const { hostname, now } = core.context;
  const fresh = [...found].filter(
    ([name]) => !doomed.has(name) && !core.files.isBusy(name) && !isUnderWay(name, hostname, now()),
  );
  const changed = [
    await takeMoved(core, moved),
    await takeMissing(core, missing),
    await takeFresh(core, fresh),
  ];
  return changed.includes(true);
}

/** Keywords that another program gave letters. */
async function takeKeywords(core: MailboxCore): Promise<void> {
  const entries = await readKeywordsFile(core.files.folder);
  const names = keywordNamesOf(core);
  if (entries.every(([number, name]) => names.number(name) === number)) return;
  await core.index.write((db) =>
    mergeKeywords(db, core.mailboxId, entries, core.context.settings.index.maxKeywords),
  );
}

/** Flags that another program set or cleared by renaming. What we have not yet written to the name stays. */
async function takeMoved(
  core: MailboxCore,
  moved: readonly { row: FileRow; place: Place }[],
): Promise<boolean> {
  const names = keywordNamesOf(core);
  let changed = false;
  for (const chunk of chunksOf(moved, CHUNK)) {
    const told = await core.index.write((db) => {
      const change = new MailboxChange(db, core.mailboxId);
      for (const { row, place } of chunk) {
        const facts = factsOfUid(db, change.row.id, row.uid);
        const same = db.get(
          'SELECT 1 FROM message WHERE mailbox = ? AND uid = ? AND name = ? AND cur = ? AND info = ?',
          change.row.id,
          row.uid,
          row.name,
          Number(row.cur),
          row.info,
        );
        // Our own renaming was quicker; the next scan looks again.
        if (facts === undefined || same === undefined) continue;
        const flags = mergedFlags(facts, row.info, place.info, names.name);
        const asNamed = infoOf(flags.system, flags.keywords, names.number) === (place.info || ':2,');
        const keywords = flags.keywords.join(' ');
        if (flags.system !== facts.system || keywords !== facts.keywords)
          change.setFlags(facts, flags.system, keywords);
        db.run(
          'UPDATE message SET cur = ?, info = ?, dirty = ? WHERE mailbox = ? AND uid = ?',
          Number(place.cur),
          place.info,
          Number(!asNamed),
          change.row.id,
          row.uid,
        );
      }
      return change.finish(core.context.settings.index.expungedRanges);
    });
    for (const { row } of chunk) core.files.settled(row.name);
    if (told) core.tell('messages');
    changed ||= told;
  }
  if (moved.length > 0) core.writeFlags();
  return changed;
}

/** A file that is renamed while a folder is read may be missed: what is missing twice is gone. */
async function takeMissing(core: MailboxCore, missing: readonly FileRow[]): Promise<boolean> {
  if (missing.length === 0) return false;
  const found = await listFiles(core.files.folder);
  const gone = missing.filter(({ name }) => !found.has(name) && !core.files.isBusy(name));
  let changed = false;
  for (const chunk of chunksOf(gone, CHUNK)) {
    const told = await core.index.write((db) => {
      const change = new MailboxChange(db, core.mailboxId);
      for (const { uid, name } of chunk) {
        const row = db.get<[number]>(
          'SELECT 1 FROM message WHERE mailbox = ? AND uid = ? AND name = ?',
          change.row.id,
          uid,
          name,
        );
        if (row !== undefined) change.remove(uid, false);
      }
      return change.finish(core.context.settings.index.expungedRanges);
    });
    if (told) core.tell('messages');
    changed ||= told;
  }
  return changed;
}

/** New mail of other programs. */
async function takeFresh(core: MailboxCore, fresh: readonly Fresh[]): Promise<boolean> {
  if (fresh.length === 0) return false;
  const taken = await uidsTakenOver(core);
  const names = keywordNamesOf(core);
  const ordered = await inOrder(fresh, taken);
  if (ordered.length >= MANY) {
    await takeOver(core, ordered, taken);
    return true;
  }
  let changed = false;
  for (const some of chunksOf(ordered, BATCH)) {
    const batch = messagesOf(core, some, await read(core, some));
    const incoming: IncomingRow[] = batch.map(([name, place, file]) => ({
      ...file,
      name,
      ...place,
      flags: flagsOf(place.info, names.name),
      internalDate: Math.floor(file.modified / 1000) * 1000,
      ...(taken?.uids.has(name) === true ? { uid: taken.uids.get(name) } : {}),
    }));
    if (incoming.length === 0) continue;
    const saveDate = Math.floor(core.context.now() / 1000) * 1000;
    await core.index.write((db) => {
      const change = new MailboxChange(db, core.mailboxId);
      for (const one of incoming) insertIncoming(db, change, one, saveDate);
      change.finish(core.context.settings.index.expungedRanges);
    });
    core.tell('messages');
    changed = true;
  }
  return changed;
}

/** In the order of their UIDs there, else of their names, which begin with the time. */
async function inOrder(fresh: readonly Fresh[], taken: TakenUids | undefined): Promise<Fresh[]> {
  // Numbers are read once for each, not with every comparison: there may be a hundred thousand.
  const keyed: { one: Fresh; name: string; uid: number; time: number }[] = [];
  for (const some of chunksOf(fresh, NAMES)) {
    for (const one of some) {
      const [name] = one;
      keyed.push({ one, name, uid: taken?.uids.get(name) ?? Infinity, time: timeOf(name) });
    }
    if (some.length === NAMES) await nextTurn();
  }
  const sorted = await sortInTurns(keyed, (first, second) => {
    if (first.uid !== second.uid) return first.uid < second.uid ? -1 : 1;
    const byTime = first.time - second.time;
    if (byTime !== 0 && !Number.isNaN(byTime)) return byTime;
    return first.name < second.name ? -1 : 1;
  });
  return sorted.map(({ one }) => one);
}

/** Seconds in a file's name, with the microseconds that many writers put behind an `M`, not all with leading zeros. */
function timeOf(name: string): number {
  const [, seconds, microseconds] = /^(\d{1,12})(?:\.M(\d{1,6})P)?/.exec(name) ?? [];
  return seconds === undefined ? Number.NaN : Number(seconds) + Number(microseconds ?? 0) / 1e6;
}

function messagesOf(
  core: MailboxCore,
  batch: readonly Fresh[],
  files: readonly (TakenIn | undefined)[],
): (readonly [name: string, place: Place, file: TakenIn])[] {
  const { log } = core.context;
  return batch.flatMap(([name, place], at) => {
    const file = files[at];
    const of = { account: core.account, mailbox: core.name, file: name };
    if (file === undefined) log.debug(of, NO_MESSAGE);
    else if (file.fault !== undefined)
      log.error({ ...of, err: file.fault }, 'the structure of a message cannot be taken');
    return file === undefined ? [] : [[name, place, file] as const];
  });
}

function read(core: MailboxCore, batch: readonly Fresh[]): Promise<readonly (TakenIn | undefined)[]> {
  const { maxFileBytes } = core.context.settings.index;
  return forEachOf(batch, async ([name, place]) => {
    const file = await readForeign(core.files.path(name, place), maxFileBytes);
    return file === undefined ? undefined : takeIn(file);
  });
}

async function uidsTakenOver(core: MailboxCore): Promise<TakenUids | undefined> {
  const { uidValidity, messages } = readMailbox(core, (_, row) => row);
  if (messages > 0) return undefined;
  const taken = core.taken ?? (await takenOver(core.files.folder));
  return taken?.uidValidity === uidValidity ? taken : undefined;
}

/** Remembers that the folders were read when they had these times. */
export async function rememberScan(core: MailboxCore, times: string): Promise<void> {
  if (readMailbox(core, (_, row) => row.scanned) === times) return;
  const note = (db: IndexDatabase): void => {
    const { id } = mailboxRow(db, core.mailboxId);
    db.run('UPDATE mailbox SET scanned = ? WHERE id = ?', times, id);
  };
  await core.index.write(note, { lazy: true });
}

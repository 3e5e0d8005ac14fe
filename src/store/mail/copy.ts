import { dirname } from 'node:path';
import { errorCode } from '../durable.ts';
import { MailboxChange } from '../index/change.ts';
import { soundContent } from '../index/contents.ts';
import type { IndexDatabase } from '../index/database.ts';
import { moveLessons } from '../index/lessons.ts';
import { mailboxRow } from '../index/mailboxes.ts';
import { factsOfUid } from '../index/messages.ts';
import { rangesOf } from '../index/ranges.ts';
import { threadOf } from '../index/threads.ts';
import { StoreError } from '../types.ts';
import { uniqueName } from '../unique-name.ts';
import { checkQuota } from './append.ts';
import { chunksOf, forEachOf } from './concurrent.ts';
import type { MessageContent } from './content-types.ts';
import { CHUNK, keywordNamesOf, knownFlags, type MailboxCore } from './core.ts';
import { infoOf, mergedFlags, sizesInName } from './file-name.ts';
import type { Place } from './files.ts';
import type { KeywordNames } from './keywords.ts';
import { noteLessons } from './lessons.ts';
import type { Copied, Flags, MessageFacts, Teaching } from './types.ts';

interface Source {
  readonly uid: number;
  readonly name: string;
  readonly cur: boolean;
  readonly info: string;
  readonly flags: Flags;
  readonly internalDate: number;
  readonly size: number;
  readonly lf: boolean;
  readonly emailId: string;
  readonly threadId: string;
  readonly content: number | null;
}

/** One that is on its way: where it was, and where it is now. */
interface Transfer {
  readonly source: Source;
  readonly name: string;
  readonly to: Place;
  readonly flags: Flags;
  /** Where its file was, and is. */
  readonly from: string;
  readonly path: string;
}

export interface CopyOptions extends Teaching {
  readonly move?: boolean;
  /** Flags that they have afterwards, or have no more. */
  readonly add?: Flags;
  readonly remove?: Flags;
}

/** COPY and MOVE. With an error nothing is left of what was done. */
export async function copy(
  core: MailboxCore,
  uids: readonly number[],
  target: MailboxCore,
  options: CopyOptions,
): Promise<Copied> {
  const { move = false } = options;
  const look = (): Source[] =>
    core.index.read((db) => {
      const { id } = mailboxRow(db, core.mailboxId);
      return uids.flatMap((uid) => sourceOf(db, id, uid) ?? []);
    });
  let sources = look();
  if (sources.some(({ emailId }) => emailId === '')) {
    await core.describe(rangesOf(uids));
    // What cannot be read cannot be copied either.
    sources = look().filter(({ emailId }) => emailId !== '');
  }
  await checkQuota(target, sources, [], move ? core : undefined);
  const keywords = new Set(
    sources.flatMap(({ flags }) => flags.keywords).concat(options.add?.keywords ?? []),
  );
  const { names } = await knownFlags(target, { system: 0, keywords: [...keywords] });
  const pairs: (readonly [number, number])[] = [];
  const done: Transfer[] = [];
  let uidValidity = 0;
  try {
    for (const chunk of chunksOf(sources, CHUNK)) {
      const copied = await copyChunk(core, chunk, target, names, options);
      uidValidity = copied.uidValidity;
      pairs.push(...copied.pairs);
      done.push(...copied.transfers);
    }
  } catch (error) {
    // Moved messages are whole where they are; copies would come twice when the client tries again.
    if (!move && pairs.length > 0) await takeBack(target, pairs, done);
    throw error;
  }
  if (uidValidity === 0)
    uidValidity = target.index.read((db) => mailboxRow(db, target.mailboxId).uidValidity);
  return { uidValidity, pairs };
}

type Columns = readonly [
  string,
  number,
  string,
  number,
  string,
  number,
  number,
  number,
  string,
  string,
  number | null,
];

function sourceOf(db: IndexDatabase, mailbox: number, uid: number): Source | undefined {
  const row = db.get<Columns>(
    `SELECT name, cur, info, system, keywords, internal_date, size, lf, email_id, thread_id, content
     FROM message WHERE mailbox = ? AND uid = ?`,
    mailbox,
    uid,
  );
  if (row === undefined) return undefined;
  return {
    uid,
    name: row[0],
    cur: row[1] === 1,
    info: row[2],
    flags: { system: row[3], keywords: row[4] === '' ? [] : row[4].split(' ') },
    internalDate: row[5],
    size: row[6],
    lf: row[7] === 1,
    emailId: row[8],
    threadId: row[9],
    content: row[10],
  };
}

async function copyChunk(
  core: MailboxCore,
  sources: readonly Source[],
  target: MailboxCore,
  names: KeywordNames,
  options: CopyOptions,
): Promise<{ uidValidity: number; pairs: (readonly [number, number])[]; transfers: Transfer[] }> {
  const { move = false } = options;
  const here = keywordNamesOf(core);
  const sameMailbox = core.mailboxId === target.mailboxId && core.account === target.account;
  const newNames = sources.map((source) => (move && !sameMailbox ? source.name : newName(core, source)));
  const placed: Transfer[] = [];
  const { disk } = core.context;
  target.files.refuseLinks();
  core.files.hold(sources.map(({ name }) => name));
  target.files.hold(newNames);
  try {
    await forEachOf(
      sources.map((source, at) => ({ source, name: newNames[at] ?? source.name })),
      async ({ source, name }) => {
        const known = core.files.placeOf(source);
        await core.files.at(source, async (from, place) => {
          // What another program has done to its flags since we looked goes with it.
          const ours = { system: source.flags.system, keywords: source.flags.keywords.join(' ') };
          const seen = mergedFlags(ours, known.info, place.info, here.name);
          const flags = changed(seen, options, names);
          const info = infoOf(flags.system, flags.keywords, names.number);
          const to: Place = info === ':2,' ? { cur: false, info: '' } : { cur: true, info };
          const path = target.files.path(name, to);
          await (move ? moveFile(core, from, path) : copyFile(core, from, path));
          placed.push({ source, name, to, flags, from, path });
        });
      },
    );
    if (placed.length === 0)
      return { ...target.index.read((db) => mailboxRow(db, target.mailboxId)), pairs: [], transfers: [] };
    core.touched();
    target.touched();
    const folders = placed
      .flatMap(({ from, path }) => (move ? [path, from] : [path]))
      .map((path) => dirname(path));
    for (const folder of new Set(folders)) await disk.syncFolder(folder);
    const copied = await record(core, placed, target, options);
    target.tell('messages');
    if (move) core.tell('messages');
    return { ...copied, transfers: placed };
  } catch (error) {
    await forEachOf(placed, async ({ from, path }) => {
      try {
        if (move) await moveFile(core, path, from);
        else await disk.remove(path);
      } catch (err) {
        core.context.log.error({ account: core.account, path, err }, 'could not take a file back');
      }
    });
    throw error;
  } finally {
    core.files.release(sources.map(({ name }) => name));
    target.files.release(newNames);
  }
}

function changed(flags: Flags, { add, remove }: CopyOptions, names: KeywordNames): Flags {
  const gone = remove?.keywords.map((name) => names.spelt(name)) ?? [];
  const all = [...flags.keywords, ...(add?.keywords ?? [])].map((name) => names.spelt(name));
  return {
    system: (flags.system & ~(remove?.system ?? 0)) | (add?.system ?? 0),
    keywords: [...new Set(all)].filter((name) => !gone.includes(name)),
  };
}

function newName({ context }: MailboxCore, { name, size }: Source): string {
  const sequence = ++context.sequence;
  const known = { size, virtualSize: size, ...sizesInName(name) };
  return uniqueName({
    now: context.now(),
    pid: process.pid,
    sequence,
    random: context.random(8),
    hostname: context.hostname,
    ...known,
  });
}

/** Errors by which file systems say that they do not link, or not these. */
const NO_LINK = ['EXDEV', 'EPERM', 'EMLINK', 'ENOTSUP', 'EOPNOTSUPP'];

async function copyFile({ context, files }: MailboxCore, from: string, to: string): Promise<void> {
  try {
    await context.disk.link(from, to);
  } catch (error) {
    if (!NO_LINK.includes(errorCode(error) ?? '')) throw error;
    const foreign = await files.readRaw(from);
    if (foreign === undefined) throw new StoreError('io', `${from} is no file that can be copied`);
    await context.disk.write(to, [foreign.raw], foreign.modified);
  }
}

async function moveFile(core: MailboxCore, from: string, to: string): Promise<void> {
  try {
    await core.context.disk.rename(from, to);
  } catch (error) {
    if (errorCode(error) !== 'EXDEV') throw error;
    await copyFile(core, from, to);
    await core.context.disk.remove(from);
  }
}

/** Within an account the index says both in one transaction; between two, the target comes first. */
async function record(
  core: MailboxCore,
  placed: readonly Transfer[],
  target: MailboxCore,
  { move = false, lesson }: CopyOptions,
): Promise<{ uidValidity: number; pairs: (readonly [number, number])[] }> {
  const sameAccount = core.index === target.index;
  const { context } = core;
  const { expungedRanges } = context.settings.index;
  const contents = sameAccount ? undefined : core.index.read((db) => contentsOf(db, placed));
  const saveDate = Math.floor(context.now() / 1000) * 1000;
  // The order of the client's UIDs, whichever file was the quickest.
  const ordered = placed.toSorted((one, other) => one.source.uid - other.source.uid);
  const leaving = move ? factsOf(core, ordered) : [];
  const copied = await target.index.write((db) => {
    const change = new MailboxChange(db, target.mailboxId);
    const pairs = ordered.map((transfer): readonly [number, number] => {
      const { source, name, to, flags } = transfer;
      // A scan of another process was quicker: its row goes, as the file has the same name.
      const known = db.get<[number]>(
        'SELECT uid FROM message WHERE mailbox = ? AND name = ? AND uid <> ?',
        change.row.id,
        name,
        sameAccount && core.mailboxId === target.mailboxId ? source.uid : 0,
      );
      if (known !== undefined) change.remove(known[0], false);
      db.run('DELETE FROM doomed WHERE mailbox = ? AND name = ?', change.row.id, name);
      const foreign = contents?.get(source.uid);
      const content = sameAccount ? source.content : (foreign ?? null);
      const { internalDate, size, lf, emailId } = source;
      const threadId = sameAccount
        ? source.threadId
        : threadOf(
            db,
            emailId,
            foreign === undefined ? undefined : (JSON.parse(foreign) as MessageContent).envelope,
          );
      const uid = change.insert({
        name,
        ...to,
        system: flags.system,
        keywords: flags.keywords.join(' '),
        internalDate,
        saveDate,
        size,
        lf,
        emailId,
        threadId,
        content,
      });
      return [source.uid, uid];
    });
    if (move && sameAccount) {
      moveLessons(db, mailboxRow(db, core.mailboxId).id, change.row.id, pairs);
      const other = core.mailboxId === target.mailboxId ? change : new MailboxChange(db, core.mailboxId);
      for (const { source } of ordered) other.remove(source.uid, false);
      if (other !== change) other.finish(expungedRanges);
    }
    change.finish(expungedRanges);
    noteLessons(
      target,
      db,
      change.row.id,
      pairs.map(([, uid]) => uid),
      lesson,
    );
    return { uidValidity: change.row.uidValidity, pairs };
  });
  if (move && !sameAccount)
    await core.index.write((db) => {
      const change = new MailboxChange(db, core.mailboxId);
      for (const { source } of ordered) change.remove(source.uid, false);
      change.finish(expungedRanges);
    });
  context.departed.remember(core.mailboxId, leaving);
  return copied;
}

const factsOf = (core: MailboxCore, placed: readonly Transfer[]): MessageFacts[] =>
  core.index.read((db) => {
    const { id } = mailboxRow(db, core.mailboxId);
    return placed.flatMap(({ source }) => factsOfUid(db, id, source.uid) ?? []);
  });

function contentsOf(db: IndexDatabase, placed: readonly Transfer[]): Map<number, string> {
  const contents = new Map<number, string>();
  for (const { source } of placed) {
    if (source.content === null) continue;
    const data = soundContent(db, source.content, source.emailId);
    if (data !== undefined) contents.set(source.uid, data);
  }
  return contents;
}

async function takeBack(
  target: MailboxCore,
  pairs: readonly (readonly [number, number])[],
  done: readonly Transfer[],
): Promise<void> {
  try {
    await target.index.write((db) => {
      const change = new MailboxChange(db, target.mailboxId);
      for (const [, uid] of pairs) change.remove(uid, true);
      change.finish(target.context.settings.index.expungedRanges);
    });
    target.removeFiles(done.map(({ name, to }) => ({ name, ...to })));
    target.tell('messages');
  } catch (err) {
    target.context.log.error({ account: target.account, err }, 'copies cannot be taken back');
  }
}

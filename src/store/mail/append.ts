import { join } from 'node:path';
import { MailboxChange } from '../index/change.ts';
import type { IndexDatabase } from '../index/database.ts';
import { fileRow, type FileRow } from '../index/messages.ts';
import { forEachOf } from './concurrent.ts';
import { knownFlags, type MailboxCore, readMailbox } from './core.ts';
import { type Incoming, insertIncoming, prepareIncoming, writeIncoming } from './incoming.ts';
import { noteLessons } from './lessons.ts';
import { removeReplaced, type Replaced, tellReplaced } from './replaced.ts';
import type { Appended, NewMessage, Teaching } from './types.ts';

interface Recorded extends Appended {
  readonly gone: FileRow | undefined;
}

interface Options extends Teaching {
  readonly replacing?: Replaced | undefined;
}

/** APPEND, of several: all or none; REPLACE (RFC 8508). Durable when it resolves. */
export async function append(
  core: MailboxCore,
  messages: readonly NewMessage[],
  options: Options = {},
): Promise<Appended> {
  const { context, files } = core;
  const now = context.now();
  const incoming: Incoming[] = [];
  for (const message of messages) {
    const { flags, names } = await knownFlags(core, message.flags);
    const mail = { pieces: message.pieces, flags, internalDate: message.internalDate ?? now };
    incoming.push(prepareIncoming(context, mail, names));
  }
  await checkQuota(core, incoming, replacedIn(core, options.replacing));
  const folder = files.folder;
  files.refuseLinks();
  const written: string[] = [];
  files.hold(incoming.map(({ name }) => name));
  try {
    await forEachOf(incoming, async (one) => {
      const path = join(folder, 'tmp', one.name);
      await writeIncoming(context, folder, one, messages[incoming.indexOf(one)]?.pieces ?? []);
      written.push(path);
    });
    return await commitIncoming(core, incoming, written, options);
  } finally {
    files.release(incoming.map(({ name }) => name));
  }
}

type Sized = readonly { readonly size: number }[];

/**
 * Throws `over-quota` when the mailbox may not take them; `gone` leave the same mailbox when they come, `from` is the one that
 * all of them leave.
 */
export function checkQuota(
  core: MailboxCore,
  added: Sized,
  gone: Sized = [],
  from?: MailboxCore,
): Promise<void> {
  const octets = sum(added) - sum(gone);
  return core.context.quota.check(core, { messages: added.length - gone.length, octets }, from);
}

const sum = (messages: Sized): number => messages.reduce((octets, one) => octets + one.size, 0);

/** Who is at his quota can still save a draft again. A message elsewhere may count to other limits: it is left out. */
function replacedIn(core: MailboxCore, replacing: Replaced | undefined): Sized {
  if (replacing?.core.mailboxId !== core.mailboxId || replacing.core.index !== core.index) return [];
  const row = readMailbox(core, (db, { id }) => fileRow(db, id, replacing.uid));
  return row === undefined ? [] : [row];
}

/**
 * Moves messages from `tmp/` to where they are seen, and tells the index. When anything fails nothing is left of them.
 * `written`: their files in `tmp/`.
 */
export async function commitIncoming(
  core: MailboxCore,
  incoming: readonly Incoming[],
  written: readonly string[],
  { lesson, replacing }: Options = {},
): Promise<Appended> {
  const { context, files, index } = core;
  const folder = files.folder;
  const placed: string[] = [];
  const targets = new Set<string>();
  try {
    await forEachOf(incoming, async (one) => {
      const path = files.path(one.name, one);
      await context.disk.rename(join(folder, 'tmp', one.name), path);
      placed.push(path);
      targets.add(join(folder, one.cur ? 'cur' : 'new'));
    });
    core.touched();
    const sync = (): Promise<unknown> =>
      Promise.all([...targets].map((target) => context.disk.syncFolder(target)));
    const saveDate = Math.floor(context.now() / 1000) * 1000;
    const record = (db: IndexDatabase): Recorded => {
      const change = new MailboxChange(db, core.mailboxId);
      const uids = incoming.map((one) => insertIncoming(db, change, one, saveDate));
      const gone = replacing?.core.index === index ? removeReplaced(db, replacing, change) : undefined;
      change.finish(context.settings.index.expungedRanges);
      noteLessons(core, db, change.row.id, uids, lesson);
      return { uidValidity: change.row.uidValidity, uids, gone };
    };
    // What is replaced goes only when nothing can fail any more.
    if (replacing !== undefined) await sync();
    const { gone, ...appended } = await (replacing === undefined
      ? recordAndSync(core, record, sync())
      : index.write(record));
    if (replacing !== undefined && gone !== undefined) tellReplaced(replacing, gone);
    else if (replacing !== undefined) await removeElsewhere(core, incoming, appended.uids, replacing);
    for (const { emailId, octets } of incoming) context.bodies.put(emailId, octets);
    core.tell('messages');
    return appended;
  } catch (error) {
    for (const path of [...written, ...placed])
      await context.disk.remove(path).catch((err: unknown) => {
        context.log.error({ account: core.account, path, err }, 'could not take a file back');
      });
    throw error;
  }
}

/**
 * The index and the folder are made durable at the same time. A folder that cannot be takes back what the index knows; should
 * the machine stop in between, a scan finds that the files are not there.
 */
async function recordAndSync(
  core: MailboxCore,
  record: (db: IndexDatabase) => Recorded,
  syncing: Promise<unknown>,
): Promise<Recorded> {
  const [recorded, synced] = await Promise.allSettled([core.index.write(record), syncing]);
  if (recorded.status === 'rejected') throw recorded.reason;
  if (synced.status === 'fulfilled') return recorded.value;
  try {
    await core.index.write((db) => {
      const change = new MailboxChange(db, core.mailboxId);
      for (const uid of recorded.value.uids) change.remove(uid, false);
      change.finish(core.context.settings.index.expungedRanges);
    });
  } catch (err) {
    core.context.log.error({ account: core.account, err }, 'messages whose files go cannot be taken back');
  }
  core.tell('messages');
  throw synced.reason;
}

/** The message that is replaced is another account's: when it cannot be removed, the new ones go again. */
async function removeElsewhere(
  core: MailboxCore,
  incoming: readonly Incoming[],
  uids: readonly number[],
  replacing: Replaced,
): Promise<void> {
  try {
    const gone = await replacing.core.index.write((db) => removeReplaced(db, replacing));
    tellReplaced(replacing, gone);
  } catch (error) {
    await core.index.write((db) => {
      const change = new MailboxChange(db, core.mailboxId);
      for (const uid of uids) change.remove(uid, true);
      change.finish(core.context.settings.index.expungedRanges);
    });
    core.removeFiles(incoming);
    core.tell('messages');
    throw error;
  }
}

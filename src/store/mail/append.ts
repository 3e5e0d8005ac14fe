import { join } from 'node:path';
import { MailboxChange } from '../index/change.ts';
import { forEachOf } from './concurrent.ts';
import { knownFlags, type MailboxCore } from './core.ts';
import { type Incoming, insertIncoming, prepareIncoming, writeIncoming } from './incoming.ts';
import { noteLessons } from './lessons.ts';
import type { Appended, NewMessage, Teaching } from './types.ts';

/** APPEND, of several: all or none. Durable when it resolves. */
export async function append(
  core: MailboxCore,
  messages: readonly NewMessage[],
  { lesson }: Teaching = {},
): Promise<Appended> {
  const { context, files } = core;
  const now = context.now();
  const incoming: Incoming[] = [];
  for (const message of messages) {
    const { flags, names } = await knownFlags(core, message.flags);
    const mail = { pieces: message.pieces, flags, internalDate: message.internalDate ?? now };
    incoming.push(prepareIncoming(context, mail, names));
  }
  await checkQuota(core, incoming);
  const folder = files.folder;
  const written: string[] = [];
  files.hold(incoming.map(({ name }) => name));
  try {
    await forEachOf(incoming, async (one) => {
      const path = join(folder, 'tmp', one.name);
      await writeIncoming(context, folder, one, messages[incoming.indexOf(one)]?.pieces ?? []);
      written.push(path);
    });
    return await commitIncoming(core, incoming, written, lesson);
  } finally {
    files.release(incoming.map(({ name }) => name));
  }
}

/** Throws `over-quota` when the mailbox may not take them. */
export function checkQuota(core: MailboxCore, added: readonly { readonly size: number }[]): Promise<void> {
  const octets = added.reduce((sum, one) => sum + one.size, 0);
  return core.context.quota.check(core, { messages: added.length, octets });
}

/**
 * Moves messages from `tmp/` to where they are seen, and tells the index. When anything fails nothing is left of them.
 * `written`: their files in `tmp/`.
 */
export async function commitIncoming(
  core: MailboxCore,
  incoming: readonly Incoming[],
  written: readonly string[],
  lesson?: Teaching['lesson'],
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
    for (const target of targets) await context.disk.syncFolder(target);
    const saveDate = Math.floor(context.now() / 1000) * 1000;
    const appended = await index.write((db) => {
      const change = new MailboxChange(db, core.mailboxId);
      const uids = incoming.map((one) => insertIncoming(db, change, one, saveDate));
      change.finish(context.settings.index.expungedRanges);
      noteLessons(core, db, change.row.id, uids, lesson);
      return { uidValidity: change.row.uidValidity, uids };
    });
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

import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { disk } from '../../store/durable.ts';
import { forEachOf } from '../../store/mail/concurrent.ts';
import { readForeign } from '../../store/mail/files.ts';
import { KEYWORDS_FILE } from '../../store/mail/keywords.ts';
import { takenOver } from '../../store/mail/uid-list.ts';
import { FACTS_FILE } from '../../store/mailbox-facts.ts';
import { type MailboxNameLimits, mailboxOfFolder } from '../../store/mailbox-name.ts';
import { isMaildir, unpacked } from './maildir-source.ts';
import { MAX_MESSAGE_BYTES } from './types.ts';

/** What other servers keep beside the messages, and the store takes over when it first opens a folder. */
const LISTS = ['dovecot-uidlist', 'courierimapuiddb', KEYWORDS_FILE];

/** Whether another server has given UIDs that an account without mail could keep. */
export async function hasUids(root: string): Promise<boolean> {
  return (await takenOver(root)) !== undefined && !existsSync(join(root, FACTS_FILE));
}

/**
 * Makes the folder of an account that has none, with the messages of a Maildir++ under their own names, so that the UIDs which
 * another server gave them hold. It is there whole or not at all; one that was interrupted goes on. What is no message is left
 * out. Rejects with errors of node:fs.
 */
export async function takeWholeMaildir(root: string, home: string, limits: MailboxNameLimits): Promise<void> {
  // No account's folder begins with a dot. Each source has its own: two must not be mixed.
  const source = createHash('sha256').update(resolve(root)).digest('hex').slice(0, 16);
  const stage = join(dirname(home), `.import-${source}-${basename(home)}`);
  const target = join(stage, 'Maildir');
  await takeFolder(root, target);
  for (const entry of await readdir(root, { withFileTypes: true }))
    if (entry.isDirectory() && mailboxOfFolder(entry.name, limits) !== undefined) {
      const folder = join(root, entry.name);
      if (await isMaildir(folder)) await takeFolder(folder, join(target, entry.name));
    }
  await copyIfThere(join(root, 'subscriptions'), join(target, 'subscriptions'));
  await disk.syncFolder(target);
  await rename(stage, home);
  await disk.syncFolder(dirname(home));
}

async function takeFolder(from: string, to: string): Promise<void> {
  for (const sub of ['tmp', 'new', 'cur']) await mkdir(join(to, sub), { recursive: true, mode: 0o700 });
  for (const sub of ['new', 'cur']) {
    const done = new Set(await readdir(join(to, sub)));
    const files = (existsSync(join(from, sub)) ? await readdir(join(from, sub)) : []).filter(
      (name) => !name.startsWith('.') && !done.has(name),
    );
    await forEachOf(files, async (name) => {
      const file = await readForeign(join(from, sub, name), MAX_MESSAGE_BYTES);
      const octets = file === undefined ? undefined : unpacked(file.raw);
      if (file === undefined || octets === undefined) return;
      const temporary = join(to, 'tmp', name);
      await rm(temporary, { force: true });
      await disk.write(temporary, [octets], Math.floor(file.modified / 1000) * 1000);
      await rename(temporary, join(to, sub, name));
    });
    await disk.syncFolder(join(to, sub));
  }
  for (const name of LISTS) await copyIfThere(join(from, name), join(to, name));
  await disk.syncFolder(to);
}

async function copyIfThere(from: string, to: string): Promise<void> {
  if (existsSync(from)) await copyFile(from, to);
}

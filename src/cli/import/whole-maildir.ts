import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { disk } from '../../store/durable.ts';
import { forEachOf } from '../../store/mail/concurrent.ts';
import { flagsOf, infoOf, splitName } from '../../store/mail/file-name.ts';
import { readForeign } from '../../store/mail/files.ts';
import { KEYWORDS_FILE, KeywordNames, readKeywordsFile } from '../../store/mail/keywords.ts';
import { COURIER_SUBSCRIPTIONS_FILE, SUBSCRIPTIONS_FILE } from '../../store/mail/subscriptions.ts';
import { takenOver } from '../../store/mail/uid-list.ts';
import { FACTS_FILE } from '../../store/mailbox-facts.ts';
import { type MailboxNameLimits, mailboxOfFolder } from '../../store/mailbox-name.ts';
import { courierKeywords } from './courier-keywords.ts';
import { isFolder, isMaildir } from './folder.ts';
import { unpacked } from './maildir-source.ts';
import { MAX_MESSAGE_BYTES } from './types.ts';

/** What other servers keep beside the messages, and the store takes over when it first opens a folder. */
const LISTS = ['dovecot-uidlist', 'courierimapuiddb'];
const MAX_LIST_BYTES = 256 * 1024 * 1024;

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
  for (const name of [SUBSCRIPTIONS_FILE, COURIER_SUBSCRIPTIONS_FILE]) await copyList(root, target, name);
  await disk.syncFolder(target);
  await rename(stage, home);
  await disk.syncFolder(dirname(home));
}

async function takeFolder(from: string, to: string): Promise<void> {
  for (const sub of ['tmp', 'new', 'cur']) await mkdir(join(to, sub), { recursive: true, mode: 0o700 });
  const entries = await readKeywordsFile(from);
  const courier = await courierKeywords(from);
  for (const word of new Set([...courier.values()].flat())) {
    const names = new KeywordNames(entries);
    if (names.number(word) === undefined) entries.push([names.free(), word]);
  }
  const known = new KeywordNames(entries);
  const done = new Set((await Promise.all(['new', 'cur'].map((sub) => readdir(join(to, sub))))).flat());
  for (const sub of ['new', 'cur']) {
    const files = ((await isFolder(join(from, sub))) ? await readdir(join(from, sub)) : []).filter(
      (file) => !file.startsWith('.'),
    );
    await forEachOf(files, async (file) => {
      const place = placeOf(sub, file, courier, known);
      if (done.has(place.file)) return;
      const message = await readForeign(join(from, sub, file), MAX_MESSAGE_BYTES);
      const octets = message === undefined ? undefined : unpacked(message.raw);
      if (message === undefined || octets === undefined) return;
      const temporary = join(to, 'tmp', place.file);
      await rm(temporary, { force: true });
      await disk.write(temporary, [octets], Math.floor(message.modified / 1000) * 1000);
      await rename(temporary, join(to, place.sub, place.file));
    });
  }
  for (const sub of ['new', 'cur']) await disk.syncFolder(join(to, sub));
  for (const name of LISTS) await copyList(from, to, name);
  const keywords = known.text();
  if (keywords !== '') await writeList(join(to, KEYWORDS_FILE), Buffer.from(keywords));
  await disk.syncFolder(to);
}

/** Where a message goes: with the letters of the keywords that Courier keeps in a file of its own. */
function placeOf(
  sub: string,
  file: string,
  courier: ReadonlyMap<string, readonly string[]>,
  known: KeywordNames,
): { sub: string; file: string } {
  const { name, info } = splitName(file);
  const words = courier.get(name) ?? [];
  if (words.length === 0) return { sub, file };
  const { system, keywords } = flagsOf(info, known.name);
  return { sub: 'cur', file: name + infoOf(system, [...new Set([...keywords, ...words])], known.number) };
}

/** A link in its place is left alone. */
async function copyList(from: string, to: string, name: string): Promise<void> {
  const list = await readForeign(join(from, name), MAX_LIST_BYTES);
  if (list !== undefined) await writeList(join(to, name), list.raw);
}

async function writeList(path: string, octets: Buffer): Promise<void> {
  await rm(path, { force: true });
  await disk.write(path, [octets]);
}

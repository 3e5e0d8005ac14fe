import { mkdir, readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { disk } from '../../store/durable.ts';
import { infoOf, splitName } from '../../store/mail/file-name.ts';
import { KEYWORDS_FILE, KeywordNames } from '../../store/mail/keywords.ts';
import type { Mailbox } from '../../store/mail/types.ts';
import { mailboxFolder } from '../../store/mailbox-name.ts';

/**
 * Writes a mailbox into a Maildir++, with flags and keywords in the names of the files, dates as their times, and the UIDs in
 * `dovecot-uidlist`. Messages that an earlier export wrote are left as they are. Gives the number of messages there;
 * `advance` is called for each.
 */
export async function writeMaildir(root: string, mailbox: Mailbox, advance: () => void): Promise<number> {
  const folder = join(root, mailboxFolder(mailbox.name));
  for (const sub of ['tmp', 'new', 'cur']) await mkdir(join(folder, sub), { recursive: true, mode: 0o700 });
  if (folder !== join(root, '')) await writeFile(join(folder, 'maildirfolder'), '', { mode: 0o600 });
  const there = new Map((await readdir(join(folder, 'cur'))).map((file) => [splitName(file).name, file]));
  const { keywords, uidValidity, uidNext } = mailbox.status();
  const names = new KeywordNames(keywords.map((keyword, number) => [number, keyword]));
  await replace(folder, KEYWORDS_FILE, names.text());
  const uids: string[] = [];
  await mailbox.describe([[1, 0xffff_ffff]]);
  for (const facts of mailbox.facts([[1, 0xffff_ffff]])) {
    const { uid, system, internalDate, emailId } = facts;
    // The same at each export.
    const name = `${Math.floor(internalDate / 1000)}.${emailId}U${uid}V${uidValidity}.tamis`;
    const words = facts.keywords === '' ? [] : facts.keywords.split(' ');
    const file = name + infoOf(system, words, names.number);
    const known = there.get(name);
    if (known === undefined) {
      const octets = await mailbox.bytes(uid);
      if (octets === undefined) continue;
      const temporary = join(folder, 'tmp', name);
      await disk.remove(temporary);
      await disk.write(temporary, [octets], internalDate);
      await rename(temporary, join(folder, 'cur', file));
    } else if (known !== file) await rename(join(folder, 'cur', known), join(folder, 'cur', file));
    uids.push(`${uid} :${name}\n`);
    advance();
  }
  await disk.syncFolder(join(folder, 'cur'));
  await replace(folder, 'dovecot-uidlist', `3 V${uidValidity} N${uidNext}\n${uids.join('')}`);
  return uids.length;
}

async function replace(folder: string, name: string, text: string): Promise<void> {
  const temporary = join(folder, 'tmp', name);
  await writeFile(temporary, text, { mode: 0o600 });
  await rename(temporary, join(folder, name));
}

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { readForeign } from '../../store/mail/files.ts';
import { flagsOf, splitName } from '../../store/mail/file-name.ts';
import { readKeywordsFile } from '../../store/mail/keywords.ts';
import { readSubscriptions } from '../../store/mail/subscriptions.ts';
import { takenOver } from '../../store/mail/uid-list.ts';
import { errorCode } from '../../store/durable.ts';
import { readFacts } from '../../store/mailbox-facts.ts';
import { INBOX, mailboxOfFolder, type MailboxNameLimits } from '../../store/mailbox-name.ts';
import { UsageFault } from '../mail/open.ts';
import { MAX_MESSAGE_BYTES, type SourceItem, type SourceMailbox } from './types.ts';

/** Levels of folders that are looked into. */
const MAX_DEPTH = 16;

/** The Maildir itself, where the folder of an account is given. */
export const maildirRoot = async (path: string): Promise<string> =>
  (await isMaildir(join(path, 'Maildir'))) ? join(path, 'Maildir') : path;

/**
 * Mailboxes of a Maildir: Maildir++ (`.Lists.Tamis`) or folders in folders (`Lists/Tamis`). `limits`: names that cannot be here
 * are not looked at. Throws {@link UsageFault} when there is none.
 */
export async function maildirSource(path: string, limits: MailboxNameLimits): Promise<SourceMailbox[]> {
  const root = await maildirRoot(path);
  const subscribed = new Set(await readSubscriptions(root));
  const found: { name: string; folder: string }[] = [];
  if (await isMaildir(root)) found.push({ name: INBOX, folder: root });
  for (const entry of await folders(root)) {
    const folder = join(root, entry);
    const name = entry.startsWith('.') ? mailboxOfFolder(entry, limits) : undefined;
    if (name !== undefined) {
      if (await isMaildir(folder)) found.push({ name, folder });
    } else if (!entry.startsWith('.')) found.push(...(await nested(root, entry, 0)));
  }
  if (found.length === 0) throw new UsageFault(`${path}: there is no Maildir (a folder with cur/ and new/)`);
  return Promise.all(
    found.map(async ({ name, folder }) => {
      const files = await messages(folder);
      const facts = await readFacts(folder).catch(() => undefined);
      return {
        name,
        specialUse: facts?.specialUse ?? [],
        subscribed: subscribed.has(name),
        total: files.length,
        items: () => items(folder, files),
      };
    }),
  );
}

async function nested(
  root: string,
  name: string,
  depth: number,
): Promise<{ name: string; folder: string }[]> {
  const folder = join(root, name);
  const here = (await isMaildir(folder)) ? [{ name, folder }] : [];
  if (depth >= MAX_DEPTH) return here;
  const below = (await folders(folder)).filter((entry) => !entry.startsWith('.'));
  const found = await Promise.all(below.map((entry) => nested(root, `${name}/${entry}`, depth + 1)));
  return [...here, ...found.flat()];
}

/** Folders in a folder but those of a Maildir itself, in the order of their names. */
async function folders(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && !['cur', 'new', 'tmp'].includes(entry.name))
    .map(({ name }) => name)
    .sort();
}

/** Whether it has a folder `cur`. */
export async function isMaildir(path: string): Promise<boolean> {
  try {
    await readdir(join(path, 'cur'));
    return true;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return false;
    throw error;
  }
}

interface File {
  readonly path: string;
  readonly info: string;
}

/** In the order of their UIDs where another server has listed them, then in that of their delivery. */
async function messages(folder: string): Promise<File[]> {
  const uids = (await takenOver(folder))?.uids;
  const files: (File & { uid: number; time: number; name: string })[] = [];
  for (const sub of ['cur', 'new']) {
    const entries = await readdir(join(folder, sub)).catch((error: unknown) => {
      if (errorCode(error) === 'ENOENT') return [];
      throw error;
    });
    for (const file of entries) {
      if (file.startsWith('.')) continue;
      const { name, info } = splitName(file);
      const uid = uids?.get(name) ?? Number.POSITIVE_INFINITY;
      files.push({ path: join(folder, sub, file), info, uid, name, time: Number.parseInt(name, 10) || 0 });
    }
  }
  return files.sort((one, other) =>
    one.uid === other.uid ? one.time - other.time || (one.name < other.name ? -1 : 1) : one.uid - other.uid,
  );
}

async function* items(folder: string, files: readonly File[]): AsyncGenerator<SourceItem> {
  const keywords = new Map(await readKeywordsFile(folder));
  for (const { path, info } of files) {
    const file = await readForeign(path, MAX_MESSAGE_BYTES);
    const octets = file === undefined ? undefined : unpacked(file.raw);
    if (file === undefined || octets === undefined) {
      yield { fault: `${path}: gone, too large, or no message` };
      continue;
    }
    const flags = flagsOf(info, (number) => keywords.get(number));
    yield { message: { octets, flags, internalDate: Math.floor(file.modified / 1000) * 1000 } };
  }
}

const GZIP = Buffer.from([0x1f, 0x8b]);
const ZSTD = Buffer.from([0x28, 0xb5, 0x2f, 0xfd]);
const begins = (raw: Buffer, mark: Buffer): boolean => raw.subarray(0, mark.length).equals(mark);

/** Dovecot compresses mail when it is told to. Undefined when that is damaged or too large. */
export function unpacked(raw: Buffer): Buffer | undefined {
  const unpack = begins(raw, GZIP) ? gunzipSync : begins(raw, ZSTD) ? zstdDecompressSync : undefined;
  if (unpack === undefined) return raw;
  try {
    return unpack(raw, { maxOutputLength: MAX_MESSAGE_BYTES });
  } catch {
    return undefined;
  }
}

import { lstat, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, zstdDecompressSync } from 'node:zlib';
import { readForeign } from '../../store/mail/files.ts';
import { flagsOf, splitName } from '../../store/mail/file-name.ts';
import { readKeywordsFile } from '../../store/mail/keywords.ts';
import { readSubscriptions } from '../../store/mail/subscriptions.ts';
import { takenOver } from '../../store/mail/uid-list.ts';
import { errorCode } from '../../store/durable.ts';
import { readFacts } from '../../store/mailbox-facts.ts';
import { INBOX } from '../../store/mailbox-name.ts';
import { readMutf7 } from '../../store/mutf7.ts';
import { UsageFault } from '../mail/open.ts';
import { courierKeywords } from './courier-keywords.ts';
import { isMaildir } from './folder.ts';
import { MAX_MESSAGE_BYTES, type SourceItem, type SourceMailbox } from './types.ts';

/** Levels of folders that are looked into. */
const MAX_DEPTH = 16;

/** The Maildir itself, where the folder of an account is given. */
export const maildirRoot = async (path: string): Promise<string> =>
  (await isMaildir(join(path, 'Maildir'))) ? join(path, 'Maildir') : path;

interface Found {
  readonly name: string;
  readonly folder: string;
  readonly fault?: string;
}

/**
 * Mailboxes of a Maildir: Maildir++ (`.Lists.Tamis`) or folders in folders (`Lists/Tamis`). Links are not followed: who may write
 * into the Maildir may not be who reads it. Throws {@link UsageFault} when there is none.
 */
export async function maildirSource(path: string): Promise<SourceMailbox[]> {
  const root = await maildirRoot(path);
  const subscribed = new Set(await readSubscriptions(root));
  const found = await look(root, INBOX);
  for (const entry of await folders(root)) {
    const folder = join(root, entry);
    if (entry.startsWith('.')) found.push(...(await look(folder, nameOf(entry))));
    else found.push(...(await nested(folder, readLevel(entry), 0)));
  }
  if (found.length === 0) throw new UsageFault(`${path}: there is no Maildir (a folder with cur/ and new/)`);
  return Promise.all(
    found.map(async ({ name, folder, fault }) => {
      const files = fault === undefined ? await messages(folder) : [];
      const facts = fault === undefined ? await readFacts(folder).catch(() => undefined) : undefined;
      return {
        name,
        specialUse: facts?.specialUse ?? [],
        subscribed: subscribed.has(name),
        total: files.length,
        ...(fault === undefined ? {} : { fault }),
        items: () => items(folder, files),
      };
    }),
  );
}

/** A folder as a mailbox, if it is one, or why it cannot be read. */
async function look(folder: string, name: string): Promise<Found[]> {
  // What is no text to us cannot be opened by that name either.
  if (name.includes('\ufffd')) return [{ name, folder, fault: `${folder}: its name is no UTF-8` }];
  for (const path of [folder, join(folder, 'cur'), join(folder, 'new')]) {
    if (path === folder && name === INBOX) continue;
    const isLink = (await lstat(path).catch(() => undefined))?.isSymbolicLink() ?? false;
    // A link to a file, or to nothing, is no mailbox anywhere.
    if (isLink && (await stat(path).catch(() => undefined))?.isDirectory() === true)
      return [{ name, folder, fault: `${path}: links are not followed` }];
  }
  return (await isMaildir(folder)) ? [{ name, folder }] : [];
}

async function nested(folder: string, name: string, depth: number): Promise<Found[]> {
  const here = await look(folder, name);
  if (depth >= MAX_DEPTH || here.some(({ fault }) => fault !== undefined)) return here;
  const below = (await folders(folder)).filter((entry) => !entry.startsWith('.'));
  const found = await Promise.all(
    below.map((entry) => nested(join(folder, entry), `${name}/${readLevel(entry)}`, depth + 1)),
  );
  return [...here, ...found.flat()];
}

/** The name of `.Lists.Tamis`, whoever wrote it: also where it is spelt as no server should. */
const nameOf = (folder: string): string => folder.slice(1).split('.').map(readLevel).join('/');

/** A slash is no delimiter there, but is one here. */
const readLevel = (level: string): string => readMutf7(level).replaceAll('/', '_');

/** Folders in a folder but those of a Maildir itself, and links, in the order of their names. */
async function folders(path: string): Promise<string[]> {
  const entries = await readdir(path, { withFileTypes: true }).catch((error: unknown) => {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return [];
    throw error;
  });
  return entries
    .filter(
      (entry) =>
        (entry.isDirectory() || entry.isSymbolicLink()) && !['cur', 'new', 'tmp'].includes(entry.name),
    )
    .map(({ name }) => name)
    .sort();
}

interface File {
  readonly path: string;
  /** Without flags. */
  readonly name: string;
  readonly info: string;
}

/** In the order of their UIDs where another server has listed them, then in that of their delivery. */
async function messages(folder: string): Promise<File[]> {
  const uids = (await takenOver(folder))?.uids;
  const files: (File & { uid: number; time: number })[] = [];
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
  const courier = await courierKeywords(folder);
  for (const { path, name, info } of files) {
    const file = await readForeign(path, MAX_MESSAGE_BYTES);
    const octets = file === undefined ? undefined : unpacked(file.raw);
    if (file === undefined || octets === undefined) {
      yield { fault: `${path}: gone, too large, or no message` };
      continue;
    }
    const { system, keywords: lettered } = flagsOf(info, (number) => keywords.get(number));
    const flags = { system, keywords: [...new Set([...lettered, ...(courier.get(name) ?? [])])] };
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

import { readdir, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { readMboxEntries } from '../../message/mbox.ts';
import { fromLineDate, takeMboxFields } from './mbox-fields.ts';
import { MAX_MESSAGE_BYTES, type SourceItem, type SourceMailbox } from './types.ts';

/** Levels of folders that are looked into. */
const MAX_DEPTH = 16;

/** Mailboxes of files, and of the files `*.mbox` in folders and below them: `Lists/Tamis.mbox` is `Lists/Tamis`. */
export async function mboxSource(paths: readonly string[]): Promise<SourceMailbox[]> {
  const found: SourceMailbox[] = [];
  for (const path of paths) {
    if ((await stat(path)).isDirectory()) {
      for (const file of await mboxFiles(path)) found.push(mboxMailbox(join(path, file), nameOf(file)));
    } else found.push(mboxMailbox(path, nameOf(basename(path))));
  }
  return found;
}

/** Where a file with an INBOX came from is not known by its name: mbox files are called anything. */
const nameOf = (file: string): string =>
  file
    .replace(/\.mbox$/i, '')
    .split('/')
    .map((level) => level.replaceAll('%2E', '.').replaceAll('%25', '%'))
    .join('/');

async function mboxFiles(folder: string, below = '', depth = 0): Promise<string[]> {
  const entries = await readdir(join(folder, below), { withFileTypes: true });
  const files: string[] = [];
  for (const entry of entries.sort((one, other) => (one.name < other.name ? -1 : 1))) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`;
    if (entry.isDirectory() && depth < MAX_DEPTH) files.push(...(await mboxFiles(folder, path, depth + 1)));
    else if (entry.isFile() && /\.mbox$/i.test(entry.name)) files.push(path);
  }
  return files;
}

const mboxMailbox = (path: string, name: string): SourceMailbox => ({
  name,
  specialUse: [],
  subscribed: false,
  total: undefined,
  items: () => items(path),
});

async function* items(path: string): AsyncGenerator<SourceItem> {
  let number = 0;
  for await (const { fromLine, octets: whole } of readMboxEntries(path, {
    messageBytes: MAX_MESSAGE_BYTES,
  })) {
    number++;
    const { octets, flags, internal } = takeMboxFields(whole);
    if (internal) continue;
    if (whole.length >= MAX_MESSAGE_BYTES) yield { fault: `${path}: message ${number} is too large` };
    else yield { message: { octets, flags, internalDate: fromLineDate(fromLine) } };
  }
}

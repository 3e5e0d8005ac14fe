import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Disk, errorCode } from './durable.ts';
import type { MoveOptions } from './types.ts';
import { changedLetters } from './unique-name.ts';

/** Times a message is looked for: a reader that sets a flag at that moment renames its file. */
const ATTEMPTS = 5;

/**
 * Moves the file of a message from one Maildir folder to another, by one rename: at every moment it is in one of them.
 * Returns its path, or undefined when it is not in `from`. Both folders are durable afterwards.
 */
export async function moveMessage(
  disk: Disk,
  name: string,
  places: { readonly from: string; readonly to: string },
  { addFlags = [], removeFlags = [] }: MoveOptions,
): Promise<string | undefined> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const found = await findMessage(places.from, name);
    if (found === undefined) return undefined;
    const letters = changedLetters(found.file, addFlags, removeFlags);
    const folder = join(places.to, letters === '' ? 'new' : 'cur');
    const path = join(folder, letters === '' ? name : `${name}:2,${letters}`);
    try {
      await disk.rename(join(found.folder, found.file), path);
    } catch (error) {
      if (errorCode(error) === 'ENOENT') continue;
      throw error;
    }
    await disk.syncFolder(folder);
    await disk.syncFolder(found.folder);
    return path;
  }
  return undefined;
}

/** The file of the message in `new/` or `cur/`, where its flags stand behind the name. */
async function findMessage(
  mailbox: string,
  name: string,
): Promise<{ folder: string; file: string } | undefined> {
  for (const part of ['new', 'cur']) {
    const folder = join(mailbox, part);
    const file = (await readdir(folder)).find((entry) => entry === name || entry.startsWith(`${name}:`));
    if (file !== undefined) return { folder, file };
  }
  return undefined;
}

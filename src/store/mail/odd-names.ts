import { isUtf8 } from 'node:buffer';
import { createHash } from 'node:crypto';
import { link, readdir, unlink } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { errorCode } from '../durable.ts';

/** What stands for octets that are no UTF-8: no path with it leads to the file. */
export const UNSPELT = '\uFFFD';
/** Octets of a file name. */
const MAX_NAME = 255;

/**
 * Gives the files of a folder whose names are no UTF-8 names that are: their mail could not be opened otherwise. Octets above
 * 127 become `=XX`. What cannot be renamed (a folder, a disk that takes no changes) stays; no other file is ever replaced.
 * Returns the names of all files that hold {@link UNSPELT} or did. Rejects when the folder cannot be read.
 */
export async function respell(folder: string): Promise<string[]> {
  const names: string[] = [];
  for (const octets of await readdir(folder, { encoding: 'buffer' })) {
    if (isUtf8(octets)) {
      const name = octets.toString();
      if (name.includes(UNSPELT)) names.push(name);
      continue;
    }
    const name = spelt(octets);
    const from = Buffer.concat([Buffer.from(folder + sep), octets]);
    try {
      await link(from, join(folder, name));
    } catch {
      continue;
    }
    names.push(name);
    await unlink(from).catch((error: unknown) => {
      // Another process of ours was quicker.
      if (errorCode(error) !== 'ENOENT') throw error;
    });
  }
  return names;
}

function spelt(octets: Buffer): string {
  const whole = octets
    .toString('latin1')
    .replace(/[\x80-\xff]/g, (one) => `=${one.charCodeAt(0).toString(16).toUpperCase()}`);
  if (whole.length <= MAX_NAME) return whole;
  const info = /:2,[A-Za-z]*$/.exec(whole)?.[0] ?? '';
  return createHash('sha256').update(octets).digest('hex') + (info.length < 60 ? info : '');
}

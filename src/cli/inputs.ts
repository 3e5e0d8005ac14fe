import { createReadStream, type Dirent } from 'node:fs';
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readMbox } from '../message/mbox.ts';

/** A message to look at, or why it could not be read. */
export type Input = { name: string; raw: Uint8Array } | { name: string; fault: string };

/** Files beside the messages of Maildir folders that other programs keep there. */
const NOT_MAIL = /^(?:\.|dovecot[.-]|courierimap|(?:maildirfolder|maildirsize|subscriptions)$)/;

/**
 * The messages of a file, an mbox, a folder (all files in it, a Maildir's `cur` and `new`) or standard input (`-`),
 * one after another; an mbox is read piece by piece.
 */
export async function* readInputs(paths: readonly string[]): AsyncGenerator<Input> {
  for (const path of paths) {
    if (path === '-') yield* messages('-', process.stdin as AsyncIterable<Uint8Array>);
    else for await (const file of listFiles(path)) yield* typeof file === 'string' ? readFile(file) : [file];
  }
}

/** Number of files behind the paths, for a progress bar; undefined when that cannot be told beforehand. */
export async function countInputs(paths: readonly string[]): Promise<number | undefined> {
  if (paths.includes('-')) return undefined;
  let count = 0;
  for (const path of paths) for await (const _ of listFiles(path)) count++;
  return count;
}

async function* listFiles(path: string): AsyncGenerator<string | { name: string; fault: string }> {
  let entries: Dirent[];
  try {
    if (!(await stat(path)).isDirectory()) {
      yield path;
      return;
    }
    entries = await readdir(path, { withFileTypes: true });
  } catch (error) {
    yield { name: path, fault: (error as Error).message };
    return;
  }
  const isMaildir = entries.some((entry) => entry.isDirectory() && entry.name === 'cur');
  for (const entry of entries.sort((one, other) => (one.name < other.name ? -1 : 1))) {
    const child = join(path, entry.name);
    if (entry.isDirectory() && !(isMaildir && entry.name === 'tmp')) yield* listFiles(child);
    else if (entry.isFile() && !isMaildir && !NOT_MAIL.test(entry.name)) yield child;
  }
}

async function* readFile(path: string): AsyncGenerator<Input> {
  try {
    const file = await open(path);
    try {
      const start = Buffer.alloc(5);
      const { bytesRead } = await file.read(start, 0, 5, 0);
      if (bytesRead === 5 && start.toString('latin1') === 'From ') {
        yield* messages(path, createReadStream(path));
        return;
      }
      const { size } = await file.stat();
      // Shared memory reaches a worker without a copy.
      const raw = new Uint8Array(new SharedArrayBuffer(size));
      let filled = 0;
      while (filled < size) {
        const { bytesRead: got } = await file.read(raw, filled, size - filled, filled);
        if (got === 0) break;
        filled += got;
      }
      yield { name: path, raw: raw.subarray(0, filled) };
    } finally {
      await file.close();
    }
  } catch (error) {
    yield { name: path, fault: (error as Error).message };
  }
}

/** The messages of a stream: an mbox has many, named `path:1`, `path:2`, …; one alone has the name of its file. */
async function* messages(name: string, stream: AsyncIterable<Uint8Array>): AsyncGenerator<Input> {
  let held: Uint8Array | undefined;
  let number = 0;
  try {
    for await (const raw of readMbox(stream)) {
      if (held !== undefined) yield { name: `${name}:${++number}`, raw: held };
      held = raw;
    }
    // An empty file is a message too, if a poor one.
    yield { name: number === 0 ? name : `${name}:${++number}`, raw: held ?? new Uint8Array() };
  } catch (error) {
    yield { name, fault: (error as Error).message };
  }
}

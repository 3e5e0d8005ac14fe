/**
 * Requests of other processes wait here as files until whoever keeps the table takes them in; so the table has one
 * writer, and nobody needs it to be running.
 */
import { open, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder, removeFile, syncFolder } from './files.ts';
import { encodeRequest, type LearnRequest } from './record.ts';

const SPOOL = 'spool';
const NAME = /^\d{15}-\d+-\d+\.learn$/;
const PART = '.part';

export const spoolFolder = (folder: string): string => join(folder, SPOOL);

let written = 0;

/** Writes requests into the spool, durably, as a part nobody takes yet. Returns its path. `now` in milliseconds. */
export async function writePart(
  folder: string,
  requests: readonly LearnRequest[],
  now: number,
): Promise<string> {
  const spool = spoolFolder(folder);
  await makeFolder(spool);
  const name = `${String(now).padStart(15, '0')}-${process.pid}-${String(written++).padStart(9, '0')}.learn`;
  const path = join(spool, name + PART);
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(Buffer.concat(requests.map(encodeRequest)));
    await file.sync();
  } finally {
    await file.close();
  }
  return path;
}

/** Lets parts be taken: all that belongs together at once, so that spam does not come long before its ham. */
export async function publishParts(folder: string, paths: readonly string[]): Promise<void> {
  for (const path of paths) await rename(path, path.slice(0, -PART.length));
  if (paths.length > 0) await syncFolder(spoolFolder(folder));
}

/** Paths of the files that wait, oldest first. */
export async function listSpool(folder: string): Promise<string[]> {
  const spool = spoolFolder(folder);
  return (await namesIn(spool))
    .filter((name) => NAME.test(name))
    .sort()
    .map((name) => join(spool, name));
}

/** Removes parts whose writer died: those begun before `before` (milliseconds since the epoch). */
export async function removeOldParts(folder: string, before: number): Promise<void> {
  for (const name of await namesIn(spoolFolder(folder)))
    if (name.endsWith(PART) && Number.parseInt(name, 10) < before)
      await removeFile(join(spoolFolder(folder), name));
}

/** Files only: nothing else can be taken, nor removed. */
async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder, { withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map(({ name }) => name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/**
 * Requests of other processes wait here as files until whoever keeps the table takes them in; so the table has one
 * writer, and nobody needs it to be running.
 */
import { open, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder, syncFolder } from './files.ts';
import { encodeRequest, type LearnRequest } from './record.ts';

const SPOOL = 'spool';
const NAME = /^\d{15}-\d+-\d+\.learn$/;

export const spoolFolder = (folder: string): string => join(folder, SPOOL);

let written = 0;

/** Puts requests into the spool; they are on the disk when it resolves. `now` in milliseconds since the epoch. */
export async function spoolRequests(
  folder: string,
  requests: readonly LearnRequest[],
  now: number,
): Promise<void> {
  if (requests.length === 0) return;
  const spool = spoolFolder(folder);
  await makeFolder(spool);
  const name = `${String(now).padStart(15, '0')}-${process.pid}-${written++}.learn`;
  const temporary = join(spool, `${name}.tmp`);
  const file = await open(temporary, 'wx', 0o600);
  try {
    await file.writeFile(Buffer.concat(requests.map(encodeRequest)));
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(temporary, join(spool, name));
  await syncFolder(spool);
}

/** Paths of the files that wait, oldest first. */
export async function listSpool(folder: string): Promise<string[]> {
  const spool = spoolFolder(folder);
  const names = await readdir(spool).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  return names
    .filter((name) => NAME.test(name))
    .sort()
    .map((name) => join(spool, name));
}

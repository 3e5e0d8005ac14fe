import { lstat, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { type Disk, errorCode } from './durable.ts';

/** Removes the files of a folder that were last written before `before` (milliseconds); says how many. */
export async function sweepStale(disk: Disk, folder: string, before: number): Promise<number> {
  let swept = 0;
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    try {
      const stats = await lstat(path);
      if (stats.isFile() && stats.mtimeMs < before && (await disk.remove(path))) swept++;
    } catch (error) {
      // Another process swept, or finished its delivery, at the same time.
      if (errorCode(error) !== 'ENOENT') throw error;
    }
  }
  return swept;
}

import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '../../store/durable.ts';

/** Whether it has a folder `cur`. */
export const isMaildir = (path: string): Promise<boolean> => isFolder(join(path, 'cur'));

/** Whether there is a folder, and no link to one. */
export async function isFolder(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isDirectory();
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return false;
    throw error;
  }
}

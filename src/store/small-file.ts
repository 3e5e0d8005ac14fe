import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { errorCode } from './durable.ts';

/** Nothing is there, or something that is no file: a link, a pipe or socket that nobody listens at, a name too long to be one. */
const NO_FILE: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO', 'ENAMETOOLONG']);

/**
 * A file in a folder to which others may write: a link is not followed, a pipe not waited for, and no more is read than it had
 * when it was opened. Undefined when there is none, or one of more than `maxBytes`. Rejects with errors of node:fs.
 */
export async function readSmallFile(path: string, maxBytes: number): Promise<Buffer | undefined> {
  let handle;
  try {
    handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (NO_FILE.has(errorCode(error) ?? '')) return undefined;
    throw error;
  }
  try {
    const stats = await handle.stat();
    if (!stats.isFile() || stats.size > maxBytes) return undefined;
    const bytes = Buffer.alloc(stats.size);
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await handle.read(bytes, length, bytes.length - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    return bytes.subarray(0, length);
  } finally {
    await handle.close();
  }
}

import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { type Disk, errorCode, replaceFile } from '../durable.ts';

/** Dovecot's file in the Maildir: `V 2`, an empty line, then a name in each line, with tabs between levels. */
const FILE = 'subscriptions';
const HEADER = 'V\t2\n\n';
const MAX_BYTES = 4 * 1024 * 1024;

/** The names in the file; none without one. The older format had dots between levels and no header. */
export async function readSubscriptions(maildir: string): Promise<string[]> {
  let handle;
  try {
    handle = await open(
      join(maildir, FILE),
      constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK,
    );
  } catch (error) {
    if (['ENOENT', 'ELOOP'].includes(errorCode(error) ?? '')) return [];
    throw error;
  }
  try {
    const stats = await handle.stat();
    if (!stats.isFile() || stats.size > MAX_BYTES) return [];
    const text = (await handle.readFile()).toString('utf8');
    const newer = text.startsWith(HEADER);
    return (newer ? text.slice(HEADER.length) : text)
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => line.replaceAll(newer ? '\t' : '.', '/'));
  } finally {
    await handle.close();
  }
}

/** Durable when it resolves. `unique` is part of the name of the temporary file. */
export const writeSubscriptions = (
  disk: Disk,
  maildir: string,
  names: readonly string[],
  unique: string,
): Promise<void> => {
  const lines = names.filter((name) => !/[\t\n]/.test(name)).map((name) => `${name.replaceAll('/', '\t')}\n`);
  return replaceFile(disk, join(maildir, 'tmp', `subscriptions-${unique}`), join(maildir, FILE), [
    Buffer.from(HEADER + lines.join('')),
  ]);
};

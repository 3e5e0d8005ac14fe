import { join } from 'node:path';
import { type Disk, replaceFile } from '../durable.ts';
import { decodeLevel, encodeLevel, INBOX } from '../mailbox-name.ts';
import { readSmallFile } from '../small-file.ts';

/**
 * Dovecot's file in the Maildir: `V 2`, an empty line, then a name in each line, with tabs between levels, each as it stands
 * in the name of a folder.
 */
export const SUBSCRIPTIONS_FILE = 'subscriptions';
/** Courier's: a name in each line, below INBOX, with dots between levels. */
export const COURIER_SUBSCRIPTIONS_FILE = 'courierimapsubscribed';
const HEADER = 'V\t2\n\n';
const MAX_BYTES = 4 * 1024 * 1024;
/** Octets of a line: more than any name that can be subscribed to takes. */
const MAX_LINE = 4096;

/** The names in the file of Dovecot, or else Courier; none without one. */
export async function readSubscriptions(maildir: string): Promise<string[]> {
  const text = await readText(join(maildir, SUBSCRIPTIONS_FILE));
  if (text === undefined) {
    const courier = await readText(join(maildir, COURIER_SUBSCRIPTIONS_FILE));
    return names(courier ?? '', '.').map((name) => name.replace(/^INBOX\//, ''));
  }
  // The older format had dots between levels and no header.
  return text.startsWith(HEADER) ? names(text.slice(HEADER.length), '\t') : names(text, '.');
}

const names = (text: string, separator: string): string[] => [
  ...new Set(
    text
      .split('\n')
      .filter((line) => line !== '' && line.length <= MAX_LINE)
      .map((line) => line.split(separator).map(readLevel).join('/'))
      .filter((name) => !/\p{Cc}/u.test(name))
      .map((name) => (name.toUpperCase() === INBOX ? INBOX : name)),
  ),
];

/** What is no modified UTF-7 stands for itself: so names were written here once. */
const readLevel = (level: string): string => decodeLevel(level) ?? level;

const readText = async (path: string): Promise<string | undefined> =>
  (await readSmallFile(path, MAX_BYTES))?.toString('utf8');

/** Durable when it resolves. `unique` is part of the name of the temporary file. */
export const writeSubscriptions = (
  disk: Disk,
  maildir: string,
  subscribed: readonly string[],
  unique: string,
): Promise<void> => {
  const lines = subscribed.map((name) => `${name.split('/').map(encodeLevel).join('\t')}\n`);
  return replaceFile(
    disk,
    join(maildir, 'tmp', `subscriptions-${unique}`),
    join(maildir, SUBSCRIPTIONS_FILE),
    [Buffer.from(HEADER + lines.join(''))],
  );
};

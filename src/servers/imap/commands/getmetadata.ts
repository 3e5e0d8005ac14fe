import { canonicalEntry } from '../../../store/metadata/entries.ts';
import { StoreError } from '../../../store/types.ts';
import type { Command } from '../types.ts';
import { BadArgument } from '../wire/errors.ts';
import type { Cursor } from '../wire/types.ts';
import { LOGGED_IN, ok } from './command.ts';
import { sendMetadata } from './metadata.ts';

interface Options {
  readonly maxSize: number;
  readonly depth: 0 | 1 | 'infinity';
}

const defaults: Options = { maxSize: Infinity, depth: 0 };

/** Entries of one command. */
const MAX_ENTRIES = 500;

/** RFC 5464 §4.2. */
export const getMetadata: Command = {
  name: 'GETMETADATA',
  states: LOGGED_IN,
  expunges: true,
  tells: false,
  async run(session, args) {
    args.space();
    let options: Options | undefined;
    if (args.peek() === '(') {
      options = optionsOf(readWords(args));
      args.space();
    }
    const mailbox = args.mailbox();
    args.space();
    let words = readWords(args);
    // Behind the name they stand in the examples of RFC 5464 §4.2.1, before it in its grammar; clients do both.
    if (options === undefined && !args.atEnd && words.length > 0) {
      options = optionsOf(words);
      args.space();
      words = readWords(args);
    }
    options ??= defaults;
    const entries = words.map(checkedEntry);
    args.end();
    const name = mailbox === '' ? '' : (await session.mailbox(mailbox)).name;
    const found = await session.user.metadata.get(name, entries, { depth: options.depth });
    const size = (value: Uint8Array | null): number => value?.length ?? 0;
    const shown = found.filter(({ value }) => size(value) <= options.maxSize);
    if (shown.length > 0) sendMetadata(session, name, shown);
    const longest = Math.max(0, ...found.map(({ value }) => size(value)));
    return longest > options.maxSize ? ok('Done', `METADATA LONGENTRIES ${longest}`) : ok('Done');
  },
};

/** `entry / "(" entry *(SP entry) ")"`. */
export const readEntries = (args: Cursor): string[] => readWords(args).map(checkedEntry);

/** One word, or as many as stand in parentheses. */
function readWords(args: Cursor): string[] {
  const words = args.peek() === '(' ? args.list(() => args.astring(), { empty: true }) : [args.astring()];
  if (words.length > MAX_ENTRIES) throw new BadArgument('Too many entries');
  return words;
}

/** A name that no entry can have is a fault of who writes it (RFC 5464 §3.2). */
export const readEntry = (args: Cursor): string => checkedEntry(args.astring());

function checkedEntry(entry: string): string {
  try {
    canonicalEntry(entry, { scopeAlone: true });
  } catch (error) {
    throw error instanceof StoreError ? new BadArgument(error.message) : error;
  }
  return entry;
}

/** `MAXSIZE 1024 DEPTH 1`. */
function optionsOf(words: readonly string[]): Options {
  let { maxSize, depth } = defaults;
  for (let at = 0; at < words.length; at += 2) {
    const name = words[at]?.toUpperCase();
    const value = words[at + 1]?.toLowerCase() ?? '';
    if (name === 'MAXSIZE' && /^\d{1,10}$/.test(value)) maxSize = Number(value);
    else if (name === 'DEPTH' && (value === '0' || value === '1')) depth = value === '0' ? 0 : 1;
    else if (name === 'DEPTH' && value === 'infinity') depth = value;
    else throw new BadArgument('There is no such option');
  }
  return { maxSize, depth };
}

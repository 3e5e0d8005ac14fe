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
    const options = args.peek() === '(' ? readOptions(args) : { maxSize: Infinity, depth: 0 as const };
    const mailbox = args.mailbox();
    args.space();
    const entries = readEntries(args);
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
export function readEntries(args: Cursor): string[] {
  const entries = args.peek() === '(' ? args.list(() => readEntry(args), { empty: true }) : [readEntry(args)];
  if (entries.length > MAX_ENTRIES) throw new BadArgument('Too many entries');
  return entries;
}

/** A name that no entry can have is a fault of who writes it (RFC 5464 §3.2). */
export function readEntry(args: Cursor): string {
  const entry = args.astring();
  try {
    canonicalEntry(entry, { scopeAlone: true });
  } catch (error) {
    throw error instanceof StoreError ? new BadArgument(error.message) : error;
  }
  return entry;
}

/** `(MAXSIZE 1024 DEPTH 1)`, and the space behind it. */
function readOptions(args: Cursor): Options {
  let maxSize = Infinity;
  let depth: Options['depth'] = 0;
  args.list(
    () => {
      const name = args.keyword();
      args.space();
      if (name === 'MAXSIZE') maxSize = args.number();
      else if (name === 'DEPTH') {
        const value = args.keyword();
        if (value !== '0' && value !== '1' && value !== 'INFINITY') throw new BadArgument('No such depth');
        depth = value === '0' ? 0 : value === '1' ? 1 : 'infinity';
      } else throw new BadArgument(`${name} is no option`);
    },
    { empty: true },
  );
  args.space();
  return { maxSize, depth };
}

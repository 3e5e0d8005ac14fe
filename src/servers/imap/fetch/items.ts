import { BadArgument } from '../wire/errors.ts';
import type { Cursor } from '../wire/types.ts';
import { binarySection, binarySize } from './binary-items.ts';
import { bodySection, rfc822, rfc822Header, rfc822Text } from './body-items.ts';
import { body, bodyStructure, envelope, preview } from './content-items.ts';
import { emailId, flags, internalDate, modseq, saveDate, size, threadId, uid } from './facts-items.ts';
import { readBinarySection, readPartial, readSection } from './section.ts';
import type { FetchItem } from './types.ts';

/** Items of one FETCH. More than a client could use; each costs a read of the message. */
const MAX_ITEMS = 200;

/** Reads what follows the name of an item, and gives the item. */
type Reader = (args: Cursor) => FetchItem;

const just =
  (item: FetchItem): Reader =>
  () =>
    item;

/** RFC 9051 §6.4.5 with the items of the extensions: add one here. */
const ITEMS: ReadonlyMap<string, Reader> = new Map([
  ['FLAGS', just(flags)],
  ['UID', just(uid)],
  ['INTERNALDATE', just(internalDate)],
  ['SAVEDATE', just(saveDate)],
  ['MODSEQ', just(modseq)],
  ['EMAILID', just(emailId)],
  ['THREADID', just(threadId)],
  ['RFC822', just(rfc822)],
  ['RFC822.HEADER', just(rfc822Header)],
  ['RFC822.TEXT', just(rfc822Text)],
  ['RFC822.SIZE', just(size)],
  ['ENVELOPE', just(envelope)],
  ['BODYSTRUCTURE', just(bodyStructure)],
  ['BODY', (args) => (args.peek() === '[' ? bodySection(readSection(args), readPartial(args), true) : body)],
  ['BODY.PEEK', (args) => bodySection(readSection(args), readPartial(args), false)],
  ['BINARY', (args) => binarySection(readBinarySection(args), readPartial(args), true)],
  ['BINARY.PEEK', (args) => binarySection(readBinarySection(args), readPartial(args), false)],
  ['BINARY.SIZE', (args) => binarySize(readBinarySection(args))],
  [
    'PREVIEW',
    (args) => {
      args.take(' (LAZY)');
      return preview;
    },
  ],
]);

const MACROS: ReadonlyMap<string, readonly FetchItem[]> = new Map([
  ['ALL', [flags, internalDate, size, envelope]],
  ['FAST', [flags, internalDate, size]],
  ['FULL', [flags, internalDate, size, envelope, body]],
]);

/** A macro, one item or a list of them; each once. */
export function readItems(args: Cursor): readonly FetchItem[] {
  if (args.take('(')) return readItemList(args);
  const name = args.keyword();
  return MACROS.get(name) ?? [readItem(args, name)];
}

/** Items behind their opening parenthesis, to the closing one; each once. */
export function readItemList(args: Cursor): readonly FetchItem[] {
  const items: FetchItem[] = [];
  skipSpaces(args);
  do {
    if (items.length >= MAX_ITEMS) throw new BadArgument('Too many items');
    items.push(readItem(args, args.keyword()));
  } while (skipSpaces(args) && args.peek() !== ')');
  args.expect(')');
  return unique(items);
}

/** True when there were any. */
function skipSpaces(args: Cursor): boolean {
  let any = false;
  while (args.take(' ')) any = true;
  return any;
}

function readItem(args: Cursor, name: string): FetchItem {
  const item = ITEMS.get(name)?.(args);
  if (item === undefined) throw new BadArgument(`There is no item ${name.slice(0, 40)}`);
  return item;
}

/** By their keys, in the order in which they were asked for; of a peek and one that marks as seen, the latter. */
export function unique(items: readonly FetchItem[]): readonly FetchItem[] {
  const kept = new Map<string, FetchItem>();
  for (const item of items) {
    const known = kept.get(item.key);
    if (known === undefined || (item.needs === 'octets' && item.marksSeen)) kept.set(item.key, item);
  }
  return [...kept.values()];
}

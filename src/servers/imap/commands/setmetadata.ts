import type { Command } from '../types.ts';
import { BadArgument } from '../wire/errors.ts';
import type { Cursor } from '../wire/types.ts';
import { LOGGED_IN, ok } from './command.ts';
import { readEntry } from './getmetadata.ts';
import { type Annotation, metadataRefusal } from './metadata.ts';

/** Entries of one command. */
const MAX_ENTRIES = 500;

/** RFC 5464 §4.3. */
export const setMetadata: Command = {
  name: 'SETMETADATA',
  states: LOGGED_IN,
  expunges: true,
  tells: false,
  async run(session, args) {
    args.space();
    const mailbox = args.mailbox();
    args.space();
    const values = args.list(() => readAnnotation(args), { empty: true });
    args.end();
    if (values.length > MAX_ENTRIES) throw new BadArgument('Too many entries');
    const name = mailbox === '' ? '' : (await session.mailbox(mailbox)).name;
    try {
      await session.user.metadata.set(name, values);
    } catch (error) {
      throw metadataRefusal(error);
    }
    session.options.events?.forget();
    return ok('Done');
  },
};

function readAnnotation(args: Cursor): Annotation {
  const entry = readEntry(args);
  args.space();
  const isString = args.peek() === '"' || args.peek() === '{' || args.peek() === '~';
  if (isString) return { entry, value: args.octets().data };
  // Also a word without quotes is a value: clients write numbers so.
  const word = args.atom();
  return { entry, value: word.toUpperCase() === 'NIL' ? null : Buffer.from(word, 'latin1') };
}

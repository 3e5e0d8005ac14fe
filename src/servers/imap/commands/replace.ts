import { readMessage } from '../append/arguments.ts';
import { assemble } from '../append/assemble.ts';
import { messagesArrived } from '../events.ts';
import { targetMailbox } from '../target.ts';
import { teachingOfArrival } from '../teaching.ts';
import type { Command, Result, SessionControl } from '../types.ts';
import { BadArgument, Refusal } from '../wire/errors.ts';
import type { Cursor, SequenceSet } from '../wire/types.ts';
import { ok, SELECTED } from './command.ts';

/** RFC 8508 §3.2: `REPLACE number mailbox [flags] [date] literal`. */
export const replace: Command = {
  name: 'REPLACE',
  states: SELECTED,
  expunges: true,
  run: (session, args) => run(session, args, 'sequence'),
};

/** RFC 8508 §3.3. */
export const uidReplace: Command = {
  name: 'UID REPLACE',
  states: SELECTED,
  expunges: true,
  run: (session, args) => run(session, args, 'uid'),
};

async function run(session: SessionControl, args: Cursor, by: 'uid' | 'sequence'): Promise<Result> {
  args.space();
  const set = args.sequenceSet();
  if (!isOne(set)) throw new BadArgument('One message can be replaced');
  args.space();
  const name = args.mailbox();
  const message = readMessage(args);
  args.end();
  const [old] = session.resolve(set, by);
  session.require('t', 'e');
  if (old === undefined) throw new Refusal('There is no such message', 'NONEXISTENT');
  const target = await targetMailbox(session, name);
  const { mailbox } = session.selected;
  const { uidValidity, uids } = await target.mailbox.append([await assemble(session, message, target)], {
    ...(await teachingOfArrival(session, target.mailbox)),
    replacing: { mailbox, uid: old },
  });
  await messagesArrived(session, { cause: 'APPEND', mailbox: target.mailbox, uids });
  session.send(`OK [APPENDUID ${uidValidity} ${uids.join(',')}] The new message is there`);
  return ok('Replace completed');
}

const isOne = (set: SequenceSet): boolean => set !== '$' && set.length === 1 && set[0]?.[0] === set[0]?.[1];

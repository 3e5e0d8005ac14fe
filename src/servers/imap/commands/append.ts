import { readMessage } from '../append/arguments.ts';
import { assemble } from '../append/assemble.ts';
import { messagesArrived } from '../events.ts';
import { targetMailbox } from '../target.ts';
import { teachingOfArrival } from '../teaching.ts';
import type { Command } from '../types.ts';
import { Refusal } from '../wire/errors.ts';
import { sequenceSet } from '../wire/writer.ts';
import { LOGGED_IN, ok } from './command.ts';

/** Messages of one command (RFC 3502); they are stored all or none. */
const MAX_MESSAGES = 1000;

/** RFC 9051 §6.3.12; several messages: RFC 3502. */
export const append: Command = {
  name: 'APPEND',
  states: LOGGED_IN,
  expunges: true,
  async run(session, args) {
    args.space();
    const name = args.mailbox();
    const messages = [readMessage(args)];
    while (!args.atEnd) {
      if (messages.length >= MAX_MESSAGES) throw new Refusal('Too many messages at once', 'LIMIT');
      messages.push(readMessage(args));
    }
    const target = await targetMailbox(session, name);
    const whole = [];
    for (const message of messages) whole.push(await assemble(session, message, target));
    const { mailbox } = target;
    const { uidValidity, uids } = await mailbox.append(whole, await teachingOfArrival(session, mailbox));
    await messagesArrived(session, { cause: 'APPEND', mailbox, uids });
    return ok('Append completed', `APPENDUID ${uidValidity} ${sequenceSet(uids)}`);
  },
};

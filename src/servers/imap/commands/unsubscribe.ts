import type { Command } from '../types.ts';
import { Refusal } from '../wire/errors.ts';
import { LOGGED_IN, ok } from './command.ts';

/** RFC 9051 §6.3.8. Also what is gone: a subscription outlives its mailbox. */
export const unsubscribe: Command = {
  name: 'UNSUBSCRIBE',
  states: LOGGED_IN,
  expunges: true,
  tells: false,
  async run(session, args) {
    args.space();
    const name = args.mailbox();
    args.end();
    if (name === '') throw new Refusal('No mailbox has an empty name', 'CANNOT');
    await session.user.subscribe(name, false);
    return ok('Not subscribed');
  },
};

import type { Command } from '../types.ts';
import { LOGGED_IN, ok } from './command.ts';

/** RFC 9051 §6.3.7. Only what is there: a name nobody has is a mistake. */
export const subscribe: Command = {
  name: 'SUBSCRIBE',
  states: LOGGED_IN,
  expunges: true,
  tells: false,
  async run(session, args) {
    args.space();
    const name = args.mailbox();
    args.end();
    await session.mailbox(name);
    await session.user.subscribe(name, true);
    return ok('Subscribed');
  },
};

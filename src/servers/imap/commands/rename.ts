import type { Command } from '../types.ts';
import { LOGGED_IN, ok } from './command.ts';

/** RFC 9051 §6.3.6. A mailbox that is open stays open under its new name. */
export const rename: Command = {
  name: 'RENAME',
  states: LOGGED_IN,
  expunges: true,
  tells: false,
  async run(session, args) {
    args.space();
    const from = args.mailbox();
    args.space();
    const to = args.mailbox().replace(/\/$/, '');
    args.end();
    await session.user.rename(from, to);
    return ok('Renamed');
  },
};

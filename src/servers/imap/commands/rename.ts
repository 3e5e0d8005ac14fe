import type { Command } from '../types.ts';
import { Refusal } from '../wire/errors.ts';
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
    const to = args.mailbox();
    args.end();
    if (to.endsWith('/')) throw new Refusal('No mailbox has a delimiter at its end', 'CANNOT');
    await session.user.rename(from, to);
    return ok('Renamed');
  },
};

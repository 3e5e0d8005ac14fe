import type { Command } from '../types.ts';
import { LOGGED_IN, ok } from './command.ts';

/** RFC 8437 §2: TLS and compression stay, everything else is as after the greeting. */
export const unauthenticate: Command = {
  name: 'UNAUTHENTICATE',
  states: LOGGED_IN,
  expunges: false,
  async run(session, args) {
    args.end();
    session.unauthenticate();
    return ok('Nobody is logged in now');
  },
};

import type { Command } from '../types.ts';
import { ok, SELECTED } from './command.ts';

/** RFC 9051 §6.4.2, RFC 3691 §2. */
export const unselect: Command = {
  name: 'UNSELECT',
  states: SELECTED,
  expunges: false,
  async run(session, args) {
    args.end();
    session.close();
    return ok('Closed');
  },
};

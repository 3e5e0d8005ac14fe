import type { Command } from '../types.ts';
import { ANY, ok } from './command.ts';

/** RFC 9051 §6.1.3. */
export const logout: Command = {
  name: 'LOGOUT',
  states: ANY,
  expunges: false,
  async run(session, args) {
    args.end();
    session.send('BYE Logging out');
    session.close();
    session.afterwards = 'close';
    return ok('Bye');
  },
};

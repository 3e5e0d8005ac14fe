import { ANY_STATE, ok } from './command.ts';
import type { Command } from '../types.ts';

/** RFC 1939 §4 and §6: in the state TRANSACTION, what is marked as deleted is removed before the answer. */
export const quit: Command = {
  name: 'QUIT',
  states: ANY_STATE,
  arguments: [0, 0],
  async run(session) {
    session.afterwards = 'close';
    if (session.state === 'transaction') await session.maildrop.update(session.options.settings.markSeen);
    return ok('Bye');
  },
};

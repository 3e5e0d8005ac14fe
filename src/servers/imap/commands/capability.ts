import { capabilities } from '../capabilities.ts';
import type { Command } from '../types.ts';
import { ANY, ok } from './command.ts';

/** RFC 9051 §6.1.1. */
export const capability: Command = {
  name: 'CAPABILITY',
  states: ANY,
  expunges: true,
  tells: false,
  async run(session, args) {
    args.end();
    session.send(`CAPABILITY ${capabilities(session).join(' ')}`);
    return ok('Done');
  },
};

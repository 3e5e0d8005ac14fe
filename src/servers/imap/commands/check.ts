import type { Command } from '../types.ts';
import { ok, SELECTED } from './command.ts';

/** RFC 3501 §6.4.1: everything is durable already. */
export const check: Command = {
  name: 'CHECK',
  states: SELECTED,
  expunges: true,
  async run(_, args) {
    args.end();
    return ok('Done');
  },
};

import type { Command } from '../types.ts';
import { ANY, ok } from './command.ts';

/** RFC 9051 §6.1.2: whatever has happened is told behind it. */
export const noop: Command = {
  name: 'NOOP',
  states: ANY,
  expunges: true,
  async run(_, args) {
    args.end();
    return ok('Done');
  },
};

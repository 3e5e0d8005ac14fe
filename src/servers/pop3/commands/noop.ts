import type { Command } from '../types.ts';
import { ok, TRANSACTION } from './command.ts';

/** RFC 1939 §5. */
export const noop: Command = {
  name: 'NOOP',
  states: TRANSACTION,
  arguments: [0, 0],
  run: async () => ok('Nothing done'),
};

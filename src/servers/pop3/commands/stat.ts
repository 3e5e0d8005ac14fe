import type { Command } from '../types.ts';
import { ok, TRANSACTION } from './command.ts';

/** RFC 1939 §5. */
export const stat: Command = {
  name: 'STAT',
  states: TRANSACTION,
  arguments: [0, 0],
  run: async ({ maildrop }) => ok(`${maildrop.messages} ${maildrop.octets}`),
};

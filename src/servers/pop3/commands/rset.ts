import type { Command } from '../types.ts';
import { ok, TRANSACTION } from './command.ts';

/** RFC 1939 §5. */
export const rset: Command = {
  name: 'RSET',
  states: TRANSACTION,
  arguments: [0, 0],
  async run({ maildrop }) {
    maildrop.reset();
    return ok(`${maildrop.messages} messages (${maildrop.octets} octets)`);
  },
};

import type { Command } from '../types.ts';
import { messageNumber, ok, TRANSACTION } from './command.ts';

/** RFC 1939 §5: marks it; QUIT removes it. */
export const dele: Command = {
  name: 'DELE',
  states: TRANSACTION,
  arguments: [1, 1],
  async run({ maildrop }, [text]) {
    const number = messageNumber(maildrop, text);
    if (typeof number !== 'number') return number;
    maildrop.delete(number);
    return ok(`Message ${number} deleted`);
  },
};

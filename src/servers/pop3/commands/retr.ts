import type { Command } from '../types.ts';
import { messageNumber, TRANSACTION } from './command.ts';
import { sendMessage } from './send-message.ts';

/** RFC 1939 §5. */
export const retr: Command = {
  name: 'RETR',
  states: TRANSACTION,
  arguments: [1, 1],
  async run(session, [text]) {
    const number = messageNumber(session.maildrop, text);
    if (typeof number !== 'number') return number;
    const reply = await sendMessage(session, number);
    if (reply === undefined) session.maildrop.fetched(number);
    return reply;
  },
};

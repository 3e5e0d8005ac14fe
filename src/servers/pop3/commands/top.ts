import type { Command } from '../types.ts';
import { err, lineCount, messageNumber, TRANSACTION } from './command.ts';
import { sendMessage } from './send-message.ts';

/** RFC 1939 §7. */
export const top: Command = {
  name: 'TOP',
  states: TRANSACTION,
  arguments: [2, 2],
  async run(session, [text, count]) {
    const number = messageNumber(session.maildrop, text);
    if (typeof number !== 'number') return number;
    const lines = lineCount(count);
    return lines === undefined ? err('A number of lines is expected') : sendMessage(session, number, lines);
  },
};

import type { Maildrop } from '../maildrop.ts';
import type { Reply, Session } from '../types.ts';
import { messageNumber, ok } from './command.ts';

/** Lines that are made without the other sessions getting a turn. */
const LINES_A_TURN = 5000;

/** A line about one message, or a line for each that is not marked as deleted. */
export async function listing(
  session: Session,
  text: string | undefined,
  valueOf: (maildrop: Maildrop, number: number) => string,
): Promise<Reply | undefined> {
  const { maildrop } = session;
  if (text !== undefined) {
    const number = messageNumber(maildrop, text);
    return typeof number === 'number' ? ok(`${number} ${valueOf(maildrop, number)}`) : number;
  }
  session.send(`+OK ${maildrop.messages} messages (${maildrop.octets} octets)`);
  for (let from = 1; from <= maildrop.last; from += LINES_A_TURN) {
    const lines: string[] = [];
    for (let number = from; number < from + LINES_A_TURN && number <= maildrop.last; number++)
      if (maildrop.has(number)) lines.push(`${number} ${valueOf(maildrop, number)}\r\n`);
    session.sendOctets(Buffer.from(lines.join('')));
    await session.flush();
  }
  session.send('.');
  return undefined;
}

import { ClientGone, type Reply, type Session } from '../types.ts';
import { DotStuffer } from '../wire/multi-line.ts';
import { TopCutter } from '../wire/top.ts';
import { err } from './command.ts';

/** Octets in which the header and some lines end, as a rule. */
const TOP_OCTETS = 64 * 1024;

/** The octets of a message, or the header and so many `lines` of its body, as a multi-line response. */
export async function sendMessage(
  session: Session,
  number: number,
  lines?: number,
): Promise<Reply | undefined> {
  const { maildrop } = session;
  const size = maildrop.sizeOf(number);
  const pieces = maildrop.pieces(number, lines === undefined ? undefined : TOP_OCTETS);
  let piece = await pieces.next();
  if (piece.done === true && (size > 0 || !maildrop.isThere(number)))
    return err(`Message ${number} is not there any more`);
  session.send(lines === undefined ? `+OK ${size} octets` : '+OK Top of message follows');
  const cutter = lines === undefined ? undefined : new TopCutter(lines);
  const stuffer = new DotStuffer();
  let sent = 0;
  let done = size === 0;
  while (piece.done !== true && !done) {
    const cut = cutter?.cut(piece.value) ?? { octets: piece.value, done: false };
    session.sendOctets(stuffer.push(cut.octets));
    await session.flush();
    sent += piece.value.length;
    done = cut.done || sent === size;
    if (!done) piece = await pieces.next();
  }
  await pieces.return(undefined);
  // Removed while it was sent: half a message must not be taken for a whole one.
  if (!done) throw new ClientGone('the message is gone');
  session.sendOctets(stuffer.end());
  return undefined;
}

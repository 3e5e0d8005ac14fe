import type { MailboxRef } from '../../store/mail/types.ts';
import type { Session } from './types.ts';
import { Refusal } from './wire/errors.ts';

/**
 * The mailbox that messages are to go to, with the right to put them there. One that is not there, or that the user may not
 * know of, could be made: TRYCREATE (RFC 9051 §6.3.12, RFC 4314 §6).
 */
export async function targetMailbox(session: Session, name: string): Promise<MailboxRef> {
  if (name === '') throw new Refusal('A mailbox has a name', 'CANNOT');
  const ref = await session.user.mailbox(name);
  if (ref === undefined || !(ref.rights.has('l') || ref.rights.has('i')))
    throw new Refusal('There is no such mailbox', 'TRYCREATE');
  if (!ref.rights.has('i')) throw new Refusal('You may not put messages there', 'NOPERM');
  if (!ref.mailbox.selectable) throw new Refusal('It holds no mail, only other mailboxes', 'CANNOT');
  return ref;
}

import type { Command, SessionControl } from '../types.ts';
import type { MailboxRef } from '../../../store/mail/types.ts';
import { Refusal } from '../wire/errors.ts';
import { LOGGED_IN, ok } from './command.ts';
import { readStatusItems, statusText } from './status-items.ts';

/** RFC 9051 §6.3.11. */
export const status: Command = {
  name: 'STATUS',
  states: LOGGED_IN,
  expunges: true,
  tells: false,
  async run(session, args, tag) {
    args.space();
    const name = args.mailbox();
    args.space();
    const items = readStatusItems(args);
    args.end();
    const ref = await session.mailbox(name, 'r');
    // The figures are what the client has been told.
    if (isOpen(session, ref)) await session.tell({ expunges: true, look: true });
    if (!ref.mailbox.selectable) throw new Refusal('It holds no mail, only other mailboxes', 'NONEXISTENT');
    session.send(await statusText(session, ref, items, tag));
    return ok('Done');
  },
};

const isOpen = (session: SessionControl, { mailbox }: MailboxRef): boolean =>
  session.isOpen && session.selected.mailbox.mailboxId === mailbox.mailboxId;

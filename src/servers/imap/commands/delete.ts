import type { Command } from '../types.ts';
import { LOGGED_IN, ok } from './command.ts';

/** RFC 9051 §6.3.5. */
export const deleteCommand: Command = {
  name: 'DELETE',
  states: LOGGED_IN,
  expunges: true,
  async run(session, args) {
    args.space();
    const name = args.mailbox();
    args.end();
    const open = session.isOpen ? session.selected.mailbox : undefined;
    const target = open === undefined ? undefined : await session.user.mailbox(name);
    await session.user.delete(name);
    if (target !== undefined && target.mailbox.mailboxId === open?.mailboxId) {
      session.close();
      session.send('OK [CLOSED] The mailbox that was open is gone');
    }
    return ok('Gone');
  },
};

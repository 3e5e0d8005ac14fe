import type { Command } from '../types.ts';
import { Refusal } from '../wire/errors.ts';
import { LOGGED_IN, ok } from './command.ts';
import { readStatusItems, statusText } from './status-items.ts';

/** RFC 9051 §6.3.11. */
export const status: Command = {
  name: 'STATUS',
  states: LOGGED_IN,
  expunges: true,
  async run(session, args) {
    args.space();
    const name = args.mailbox();
    args.space();
    const items = readStatusItems(args);
    args.end();
    const ref = await session.mailbox(name, 'r');
    if (!ref.mailbox.selectable) throw new Refusal('It holds no mail, only other mailboxes', 'NONEXISTENT');
    session.send(await statusText(session, ref, items));
    return ok('Done');
  },
};

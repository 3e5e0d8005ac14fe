import { UseError } from '../../../store/special-use.ts';
import type { Command } from '../types.ts';
import { BadArgument, Refusal } from '../wire/errors.ts';
import type { Cursor } from '../wire/types.ts';
import { mailboxName } from '../wire/writer.ts';
import { LOGGED_IN, ok } from './command.ts';

/** Attributes of RFC 6154 §2 that a mailbox may be made for; \All and \Flagged would be views of others. */
const USES = ['\\Archive', '\\Drafts', '\\Junk', '\\Sent', '\\Trash'];

/** RFC 9051 §6.3.4, with the special use of RFC 6154 §3. */
export const create: Command = {
  name: 'CREATE',
  states: LOGGED_IN,
  expunges: true,
  tells: false,
  async run(session, args) {
    args.space();
    // A delimiter at the end says that others will be made below (RFC 9051 §6.3.4).
    const name = args.mailbox().replace(/\/$/, '');
    const specialUse = args.atEnd ? [] : readUses(args);
    args.end();
    let made;
    try {
      made = await session.user.create(name, { specialUse });
    } catch (error) {
      if (error instanceof UseError) throw new Refusal(error.message, 'USEATTR');
      throw error;
    }
    const rev2 = session.enabled.has('IMAP4REV2');
    // It is called otherwise than was asked for: another form of the same text (RFC 9051 §6.3.4).
    if (rev2 && made.name !== name)
      session.send(`LIST () "/" ${mailboxName(made.name, true)} ("OLDNAME" (${mailboxName(name, true)}))`);
    return ok('Made', `MAILBOXID (${made.mailbox.mailboxId})`);
  },
};

function readUses(args: Cursor): string[] {
  args.space();
  args.expect('(USE ');
  const uses = args.flags();
  args.expect(')');
  return uses.map((name) => {
    if (!name.startsWith('\\')) throw new BadArgument(`${name} is no attribute`);
    const use = USES.find((known) => known.toLowerCase() === name.toLowerCase());
    if (use === undefined) throw new Refusal(`No mailbox can be made for ${name}`, 'USEATTR');
    return use;
  });
}

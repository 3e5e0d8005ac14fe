import { takesUtf8 } from '../text.ts';
import type { Command } from '../types.ts';
import { mailboxName } from '../wire/writer.ts';
import { LOGGED_IN, ok } from './command.ts';
import { withReference } from './list-options.ts';
import { ListPattern } from './list-pattern.ts';

/** RFC 3501 §6.3.9. */
export const lsub: Command = {
  name: 'LSUB',
  states: LOGGED_IN,
  expunges: true,
  tells: false,
  async run(session, args) {
    args.space();
    const reference = args.mailbox();
    args.space();
    const text = withReference(reference, args.listMailbox());
    args.end();
    const pattern = new ListPattern(text);
    const entries = (await session.user.list()).filter(({ subscribed }) => subscribed);
    const names = new Set(entries.map(({ name }) => name));
    const lines = new Map<string, string>();
    for (const { name, ref } of entries) {
      if (pattern.matches(name)) lines.set(name, ref?.mailbox.selectable === false ? '\\Noselect' : '');
      // With `%` a level is shown when only something below it is subscribed.
      if (!text.endsWith('%') || pattern.matches(name)) continue;
      for (let at = name.lastIndexOf('/'); at > 0; at = name.lastIndexOf('/', at - 1)) {
        const level = name.slice(0, at);
        if (!names.has(level) && pattern.matches(level)) lines.set(level, '\\Noselect');
      }
    }
    const utf8 = takesUtf8(session);
    for (const [name, flags] of lines) session.send(`LSUB (${flags}) "/" ${mailboxName(name, utf8)}`);
    return ok('Done');
  },
};

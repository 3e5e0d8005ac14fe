import type { Extension } from '../definitions.ts';
import { constantTagText, mailboxFault, mailboxTag, tagText } from '../mailbox-target.ts';

/**
 * RFC 8580 §3: a copy of the message that an action sends is filed. The tags that say more of the mailbox and its flags
 * (`:create`, `:mailboxid`, `:specialuse`, `:flags`) come with their own capabilities (RFC 8580).
 */
export const fcc: Extension = {
  capability: 'fcc',
  tags: mailboxTag(
    {
      name: 'fcc',
      argument: 'string',
      check(call, compiler) {
        const mailbox = constantTagText(call, 'fcc');
        const tag = call.tags.get('fcc');
        const early = mailbox === undefined ? undefined : mailboxFault(`${call.name} :fcc`, mailbox);
        if (early !== undefined && tag !== undefined) compiler.diagnostics.error(tag.node, early);
        return undefined;
      },
      set(target, tag, state) {
        const mailbox = tagText(tag, state);
        const late = mailboxFault(':fcc', mailbox);
        if (late !== undefined) state.fail(late);
        target.mailbox = mailbox;
      },
    },
    ['vacation', 'notify'],
  ),
};

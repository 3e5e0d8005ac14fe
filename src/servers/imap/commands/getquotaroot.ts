import { takesUtf8 } from '../text.ts';
import type { Command } from '../types.ts';
import { astring, mailboxName } from '../wire/writer.ts';
import { LOGGED_IN, ok } from './command.ts';
import { sendQuota } from './quota.ts';

/** RFC 9208 §4.1.2. */
export const getQuotaRoot: Command = {
  name: 'GETQUOTAROOT',
  states: LOGGED_IN,
  expunges: true,
  tells: false,
  async run(session, args) {
    args.space();
    const name = args.mailbox();
    args.end();
    const roots = await session.user.quota.roots(name);
    const utf8 = takesUtf8(session);
    const names = roots.map((root) => ` ${astring(root.name, utf8)}`).join('');
    session.send(`QUOTAROOT ${mailboxName(name, utf8)}${names}`);
    for (const root of roots) sendQuota(session, root);
    return ok('Done');
  },
};

import type { Command } from '../types.ts';
import { aclText, shownName } from './acl.ts';
import { LOGGED_IN, ok } from './command.ts';

/** RFC 4314 §3.5. */
export const myRights: Command = {
  name: 'MYRIGHTS',
  states: LOGGED_IN,
  expunges: true,
  tells: false,
  async run(session, args) {
    args.space();
    const name = args.mailbox();
    args.end();
    const rights = await session.user.acl.myRights(name);
    session.send(`MYRIGHTS ${await shownName(session, name)} ${aclText(session, rights)}`);
    return ok('Done');
  },
};

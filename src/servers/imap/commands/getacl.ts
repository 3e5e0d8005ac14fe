import type { Command } from '../types.ts';
import { aclText, shownName } from './acl.ts';
import { LOGGED_IN, ok } from './command.ts';

/** RFC 4314 §3.3. */
export const getAcl: Command = {
  name: 'GETACL',
  states: LOGGED_IN,
  expunges: true,
  tells: false,
  async run(session, args) {
    args.space();
    const name = args.mailbox();
    args.end();
    const entries = await session.user.acl.get(name);
    const list = entries.map(
      ({ identifier, rights }) => ` ${aclText(session, identifier)} ${aclText(session, rights)}`,
    );
    session.send(`ACL ${await shownName(session, name)}${list.join('')}`);
    return ok('Done');
  },
};

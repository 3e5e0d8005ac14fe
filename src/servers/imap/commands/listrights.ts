import type { Command } from '../types.ts';
import { aclText, readTwo, shownName } from './acl.ts';
import { LOGGED_IN, ok } from './command.ts';

/** RFC 4314 §3.4. */
export const listRights: Command = {
  name: 'LISTRIGHTS',
  states: LOGGED_IN,
  expunges: true,
  tells: false,
  async run(session, args) {
    const [name, identifier] = readTwo(args);
    args.end();
    const { required, optional } = await session.user.acl.listRights(name, identifier);
    const rights = [required, ...optional].map((group) => aclText(session, group)).join(' ');
    session.send(`LISTRIGHTS ${await shownName(session, name)} ${aclText(session, identifier)} ${rights}`);
    return ok('Done');
  },
};

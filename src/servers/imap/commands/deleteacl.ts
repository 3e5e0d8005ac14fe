import type { Command } from '../types.ts';
import { readTwo } from './acl.ts';
import { LOGGED_IN, ok } from './command.ts';

/** RFC 4314 §3.2. */
export const deleteAcl: Command = {
  name: 'DELETEACL',
  states: LOGGED_IN,
  expunges: true,
  tells: false,
  async run(session, args) {
    const [name, identifier] = readTwo(args);
    args.end();
    await session.user.acl.delete(name, identifier);
    return ok('Done');
  },
};

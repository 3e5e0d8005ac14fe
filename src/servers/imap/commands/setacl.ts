import type { Command } from '../types.ts';
import { BadArgument } from '../wire/errors.ts';
import { readTwo } from './acl.ts';
import { LOGGED_IN, ok } from './command.ts';

/** Rights as RFC 4314 §2 writes them; `c` and `d` are those of older clients (RFC 4314 §2.1.1). */
const RIGHTS = /^[lrswipkxteacd]*$/;

/** RFC 4314 §3.1. */
export const setAcl: Command = {
  name: 'SETACL',
  states: LOGGED_IN,
  expunges: true,
  tells: false,
  async run(session, args) {
    const [name, identifier] = readTwo(args);
    args.space();
    const [, sign = '', rights = ''] = /^([+-]?)(.*)$/s.exec(args.astring()) ?? [];
    args.end();
    if (identifier === '') throw new BadArgument('Nobody has an empty name');
    if (!RIGHTS.test(rights)) throw new BadArgument('There are no such rights');
    const mode = sign === '+' ? 'add' : sign === '-' ? 'remove' : 'replace';
    await session.user.acl.set(name, identifier, mode, rights);
    return ok('Done');
  },
};

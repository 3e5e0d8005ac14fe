import type { Command } from '../types.ts';
import { LOGGED_IN, ok } from './command.ts';
import { sendQuota } from './quota.ts';

/** RFC 9208 §4.1.1. */
export const getQuota: Command = {
  name: 'GETQUOTA',
  states: LOGGED_IN,
  expunges: true,
  tells: false,
  async run(session, args) {
    args.space();
    const root = args.astring();
    args.end();
    sendQuota(session, await session.user.quota.get(root));
    return ok('Done');
  },
};

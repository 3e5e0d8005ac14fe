import type { QuotaResource } from '../../../store/mail/types.ts';
import type { Command } from '../types.ts';
import { BadArgument, Refusal } from '../wire/errors.ts';
import { LOGGED_IN, ok } from './command.ts';
import { sendQuota } from './quota.ts';

/** RFC 9208 §5. */
const RESOURCES: readonly QuotaResource[] = ['STORAGE', 'MESSAGE', 'MAILBOX', 'ANNOTATION-STORAGE'];

/** RFC 9208 §4.1.3. */
export const setQuota: Command = {
  name: 'SETQUOTA',
  states: LOGGED_IN,
  expunges: true,
  tells: false,
  async run(session, args) {
    args.space();
    const root = args.astring();
    args.space();
    const limits = args.list(
      () => {
        const name = args.keyword();
        args.space();
        const limit = args.number64();
        const resource = RESOURCES.find((known) => known === name);
        if (resource === undefined) throw new Refusal(`${name} cannot be limited`);
        return { resource, limit };
      },
      { empty: true },
    );
    args.end();
    if (new Set(limits.map(({ resource }) => resource)).size < limits.length)
      throw new BadArgument('A resource has one limit');
    if (!session.user.administrator) throw new Refusal('Only administrators set quotas', 'NOPERM');
    sendQuota(session, await session.user.quota.set(root, limits));
    return ok('Done');
  },
};

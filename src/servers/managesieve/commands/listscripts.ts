import type { Session } from '../session.ts';
import { withWarnings } from '../script-check.ts';
import type { Response } from '../wire/types.ts';
import { writeListed } from '../wire/writer.ts';
import { accountOf, type Command } from './command.ts';

/** RFC 5804 §2.7. Who looks at his scripts is told when they failed lately. */
export const listScripts: Command = {
  name: 'LISTSCRIPTS',
  state: 'logged-in',
  arguments: [0, 0],
  async run(session) {
    const scripts = await session.options.scripts.list(accountOf(session));
    const faults = await lastFaults(session);
    const response: Response =
      faults === undefined
        ? { status: 'OK', text: scripts.length === 0 ? 'There are no scripts' : 'These are the scripts' }
        : withWarnings([faults]);
    return {
      data: Buffer.concat(scripts.map(({ name, active }) => writeListed(name, active))),
      response,
    };
  },
};

/** The list is worth having without them. */
async function lastFaults(session: Session): Promise<string | undefined> {
  const account = accountOf(session);
  try {
    return await session.options.lastFaults?.(account);
  } catch (err) {
    session.log.warn({ err, account }, 'the last faults of scripts cannot be read');
    return undefined;
  }
}

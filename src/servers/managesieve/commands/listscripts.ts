import { writeListed } from '../wire/writer.ts';
import { accountOf, type Command } from './command.ts';

/** RFC 5804 §2.7. */
export const listScripts: Command = {
  name: 'LISTSCRIPTS',
  state: 'logged-in',
  arguments: [0, 0],
  async run(session) {
    const scripts = await session.options.scripts.list(accountOf(session));
    return {
      data: Buffer.concat(scripts.map(({ name, active }) => writeListed(name, active))),
      response: {
        status: 'OK',
        text: scripts.length === 0 ? 'There are no scripts' : 'These are the scripts',
      },
    };
  },
};

import { writeScript } from '../wire/writer.ts';
import { accountOf, type Command } from './command.ts';

/** RFC 5804 §2.9. */
export const getScript: Command = {
  name: 'GETSCRIPT',
  state: 'logged-in',
  arguments: [1, 1],
  async run(session, args) {
    const source = await session.options.scripts.get(accountOf(session), args.text(0));
    return { data: writeScript(source), response: { status: 'OK', text: 'This is the script' } };
  },
};

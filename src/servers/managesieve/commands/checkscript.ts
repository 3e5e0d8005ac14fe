import { checkScript } from '../script-check.ts';
import type { Command } from './command.ts';

/** The script has no name yet; messages need one. */
const NAME = 'script';

/** RFC 5804 §2.12. */
export const checkScriptCommand: Command = {
  name: 'CHECKSCRIPT',
  state: 'logged-in',
  arguments: [1, 1],
  async run(session, args) {
    const checked = await checkScript(session, NAME, args.octets(0));
    return { response: { text: 'The script has no errors', ...checked } };
  },
};

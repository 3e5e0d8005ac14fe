import { checkScript } from '../script-check.ts';
import { accountOf, ok, type Command } from './command.ts';

/** RFC 5804 §2.8: `""` means that no script is active. A script that has errors, an admin's say, stays inactive. */
export const setActive: Command = {
  name: 'SETACTIVE',
  state: 'logged-in',
  arguments: [1, 1],
  async run(session, args) {
    const account = accountOf(session);
    const name = args.text(0);
    const { scripts } = session.options;
    if (name === '') {
      await scripts.setActive(account, undefined);
      session.log.info({ account }, 'no script is active');
      return ok('No script is active');
    }
    const checked = await checkScript(session, name, await scripts.get(account, name));
    if (checked.status !== 'OK') return { response: checked };
    await scripts.setActive(account, name);
    session.log.info({ account, script: name }, 'script activated');
    return { response: { text: 'The script is active', ...checked } };
  },
};

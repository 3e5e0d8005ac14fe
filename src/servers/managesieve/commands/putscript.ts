import { checkScript } from '../script-check.ts';
import { accountOf, type Command } from './command.ts';

/** RFC 5804 §2.6: a script with errors, or over quota, is not kept, and an old one of its name stays. */
export const putScript: Command = {
  name: 'PUTSCRIPT',
  state: 'logged-in',
  arguments: [2, 2],
  async run(session, args) {
    const account = accountOf(session);
    const [name, source] = [args.text(0), args.octets(1)];
    const { scripts } = session.options;
    await scripts.haveSpace(account, name, source.length);
    const checked = await checkScript(session, name, source);
    if (checked.status !== 'OK') return { response: checked };
    await scripts.put(account, name, source);
    session.log.info({ account, script: name, octets: source.length }, 'script kept');
    return { response: { text: 'The script is kept', ...checked } };
  },
};

import { accountOf, ok, type Command } from './command.ts';

/** RFC 5804 §2.11. */
export const renameScript: Command = {
  name: 'RENAMESCRIPT',
  state: 'logged-in',
  arguments: [2, 2],
  async run(session, args) {
    const account = accountOf(session);
    const [from, to] = [args.text(0), args.text(1)];
    await session.options.scripts.rename(account, from, to);
    session.log.info({ account, script: from, to }, 'script renamed');
    return ok('The script is renamed');
  },
};

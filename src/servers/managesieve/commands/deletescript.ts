import { accountOf, ok, type Command } from './command.ts';

/** RFC 5804 §2.10. */
export const deleteScript: Command = {
  name: 'DELETESCRIPT',
  state: 'logged-in',
  arguments: [1, 1],
  async run(session, args) {
    const account = accountOf(session);
    const name = args.text(0);
    await session.options.scripts.delete(account, name);
    session.log.info({ account, script: name }, 'script deleted');
    return ok('The script is deleted');
  },
};

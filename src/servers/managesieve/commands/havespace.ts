import { accountOf, ok, type Command } from './command.ts';

/** RFC 5804 §2.5. */
export const haveSpace: Command = {
  name: 'HAVESPACE',
  state: 'logged-in',
  arguments: [2, 2],
  async run(session, args) {
    const [name, size] = [args.text(0), args.number(1)];
    await session.options.scripts.haveSpace(accountOf(session), name, size);
    return ok('There is space');
  },
};

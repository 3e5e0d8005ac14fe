import { ok, type Command } from './command.ts';

/** RFC 5804 §2.14.1: the connection and its TLS stay, the next one may log in. */
export const unauthenticate: Command = {
  name: 'UNAUTHENTICATE',
  state: 'logged-in',
  arguments: [0, 0],
  async run(session) {
    session.account = undefined;
    return ok('Logged out');
  },
};

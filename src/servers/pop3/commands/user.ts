import type { Command } from '../types.ts';
import { AUTHORIZATION, err, ok } from './command.ts';

/** RFC 1939 §7. Says nothing about whether there is such a user. */
export const user: Command = {
  name: 'USER',
  states: AUTHORIZATION,
  arguments: 'text',
  async run(session, [name]) {
    if (!session.options.sasl.mechanisms(session.channel).includes('PLAIN')) return err('Not without TLS');
    session.userName = name;
    return ok('And the password?');
  },
};

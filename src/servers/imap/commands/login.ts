import type { Step } from '../../../policy/sasl/sasl.ts';
import type { Command } from '../types.ts';
import { Refusal } from '../wire/errors.ts';
import { concluded } from './authentication.ts';
import { LOGGED_OUT } from './command.ts';

/** RFC 9051 §6.2.3: the same as the mechanism PLAIN, and only where that may be used. */
export const login: Command = {
  name: 'LOGIN',
  states: LOGGED_OUT,
  expunges: false,
  async run(session, args) {
    args.space();
    const user = args.astring();
    args.space();
    const password = args.astring();
    args.end();
    const plain = session.options.sasl.login('PLAIN', session.channel);
    if (plain === undefined) throw new Refusal('Not without TLS', 'PRIVACYREQUIRED');
    const step: Step = await plain.begin(Buffer.from(`\0${user}\0${password}`));
    if (step.type === 'challenge') throw new Error('PLAIN has no challenge');
    return concluded(session, step);
  },
};

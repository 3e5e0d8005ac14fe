import type { Step } from '../../../policy/sasl/sasl.ts';
import type { Command } from '../types.ts';
import { concluded } from './authentication.ts';
import { AUTHORIZATION, err } from './command.ts';

/** RFC 1939 §7: the same as the mechanism PLAIN, and only where that may be used. */
export const pass: Command = {
  name: 'PASS',
  states: AUTHORIZATION,
  arguments: 'text',
  async run(session, [password]) {
    const { userName } = session;
    if (userName === undefined) return err('USER comes first');
    const plain = session.options.sasl.login('PLAIN', session.channel);
    if (plain === undefined) return err('Not without TLS');
    const step: Step = await plain.begin(Buffer.from(`\0${userName}\0${password}`));
    if (step.type === 'challenge') throw new Error('PLAIN has no challenge');
    return concluded(session, step);
  },
};

import { capabilities } from '../capabilities.ts';
import type { Command } from '../types.ts';
import { ANY_STATE } from './command.ts';

/** RFC 2449 §5. */
export const capa: Command = {
  name: 'CAPA',
  states: ANY_STATE,
  arguments: [0, 0],
  async run(session) {
    session.send('+OK Capability list follows');
    for (const capability of capabilities(session)) session.send(capability);
    session.send('.');
    return undefined;
  },
};

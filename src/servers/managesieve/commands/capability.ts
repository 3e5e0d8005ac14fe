import { capabilities } from '../capabilities.ts';
import { writeCapabilities } from '../wire/writer.ts';
import type { Command } from './command.ts';

/** RFC 5804 §2.4. */
export const capability: Command = {
  name: 'CAPABILITY',
  state: 'any',
  arguments: [0, 0],
  run: async (session) => ({
    data: writeCapabilities(capabilities(session)),
    response: { status: 'OK', text: 'These are the capabilities' },
  }),
};

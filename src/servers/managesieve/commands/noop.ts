import type { Command } from './command.ts';

/** RFC 5804 §2.13: the argument comes back as TAG, so that a client can find its place among the responses. */
export const noop: Command = {
  name: 'NOOP',
  state: 'any',
  arguments: [0, 1],
  run: async (_session, args) => ({
    response: {
      status: 'OK',
      ...(args.count === 0 ? {} : { code: { name: 'TAG', value: args.octets(0) } as const }),
      text: 'Done',
    },
  }),
};

import type { Command } from './command.ts';

/** RFC 5804 §2.3. */
export const logout: Command = {
  name: 'LOGOUT',
  state: 'any',
  arguments: [0, 0],
  run: async () => ({ response: { status: 'OK', text: 'Bye' }, next: 'close' }),
};

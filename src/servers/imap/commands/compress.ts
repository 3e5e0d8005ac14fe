import type { Command } from '../types.ts';
import { LOGGED_IN, no, ok } from './command.ts';

/** RFC 4978 §3. Only after login, as nobody else is worth the memory. */
export const compress: Command = {
  name: 'COMPRESS',
  states: LOGGED_IN,
  expunges: false,
  async run(session, args) {
    args.space();
    const mechanism = args.keyword();
    args.end();
    if (mechanism !== 'DEFLATE') return no('There is no such compression');
    if (session.link.compressed) return no('Compressed already', 'COMPRESSIONACTIVE');
    session.afterwards = 'compress';
    return ok('Compressed from here on');
  },
};

import type { Command } from '../types.ts';
import { AUTHORIZATION, err, ok } from './command.ts';

/** RFC 2595 §4. */
export const stls: Command = {
  name: 'STLS',
  states: AUTHORIZATION,
  arguments: [0, 0],
  async run(session) {
    if (session.channel.tls !== undefined) return err('TLS is up already');
    if (!session.link.startTls) return err('This server has no TLS');
    session.afterwards = 'stls';
    return ok('Begin TLS');
  },
};

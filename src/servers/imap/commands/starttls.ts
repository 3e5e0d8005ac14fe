import type { Command } from '../types.ts';
import { LOGGED_OUT, no, ok } from './command.ts';

/** RFC 9051 §6.2.1. */
export const startTls: Command = {
  name: 'STARTTLS',
  states: LOGGED_OUT,
  expunges: false,
  async run(session, args) {
    args.end();
    if (session.channel.tls !== undefined) return { status: 'BAD', text: 'TLS is up already' };
    if (!session.link.startTls) return no('This server has no TLS');
    session.afterwards = 'starttls';
    return ok('Begin TLS');
  },
};

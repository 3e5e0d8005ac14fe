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
    // Whoever logged in, compressed and logged out: TLS goes below compression, never above it (RFC 4978 §3).
    if (session.link.compressed) return { status: 'BAD', text: 'Not within compression' };
    if (!session.link.startTls) return no('This server has no TLS');
    session.afterwards = 'starttls';
    return ok('Begin TLS');
  },
};

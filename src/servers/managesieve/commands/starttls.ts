import type { Command } from './command.ts';

/** RFC 5804 §2.2. The capabilities follow when TLS is up. */
export const startTls: Command = {
  name: 'STARTTLS',
  state: 'logged-out',
  arguments: [0, 0],
  async run({ channel, link }) {
    if (channel.tls !== undefined) return { response: { status: 'NO', text: 'TLS is up already' } };
    if (!link.startTls) return { response: { status: 'NO', text: 'This server has no TLS' } };
    return { response: { status: 'OK', text: 'Begin TLS' }, next: 'starttls' };
  },
};

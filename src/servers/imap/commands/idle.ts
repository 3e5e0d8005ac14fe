import type { Command } from '../types.ts';
import { LOGGED_IN, ok } from './command.ts';

/** RFC 9051 §6.3.13, RFC 2177 §3: what happens is told until the client says DONE. */
export const idle: Command = {
  name: 'IDLE',
  states: LOGGED_IN,
  expunges: true,
  async run(session, args) {
    args.end();
    const stop = session.notify.idle();
    try {
      session.sendRaw('+ idling');
      await session.tell({ expunges: true, look: true });
      for (;;) {
        const line = await session.link.line(true);
        if (line === undefined) await session.notify.tell();
        else if (line.toUpperCase() === 'DONE') return ok('Done');
        else return { status: 'BAD', text: 'DONE is expected' };
      }
    } finally {
      stop();
    }
  },
};

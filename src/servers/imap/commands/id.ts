import type { Command } from '../types.ts';
import { BadArgument } from '../wire/errors.ts';
import { string } from '../wire/writer.ts';
import { ANY, ok } from './command.ts';

/** RFC 2971 §3.3: at most 30 pairs, keys of 30 octets, values of 1024. */
const MAX_PAIRS = 30;
const MAX_KEY = 30;
const MAX_VALUE = 1024;

/** RFC 2971 §3.1. What the client says of itself helps who reads our log. */
export const id: Command = {
  name: 'ID',
  states: ANY,
  expunges: true,
  tells: false,
  async run(session, args) {
    args.space();
    const client: Record<string, string> = {};
    if (args.peek() === '(') {
      let pairs = 0;
      args.list(
        () => {
          const key = args.nstring() ?? '';
          args.space();
          const value = args.nstring() ?? '';
          if (++pairs > MAX_PAIRS || key.length > MAX_KEY || value.length > MAX_VALUE)
            throw new BadArgument('That is too much');
          client[key.toLowerCase()] = value;
        },
        { empty: true },
      );
    } else args.expect('NIL');
    args.end();
    const { name = '', version = '' } = client;
    session.log.debug({ client: session.channel.address, name, version }, 'client');
    const ours = ['name', 'Tamis'];
    if (session.options.version !== undefined) ours.push('version', session.options.version);
    session.send(`ID (${ours.map((text) => string(text)).join(' ')})`);
    return ok('Done');
  },
};

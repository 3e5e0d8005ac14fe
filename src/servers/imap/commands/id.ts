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
    // What a client says of itself is for the log: other servers take what is no string, or nothing at all.
    if (!args.atEnd) args.space();
    const words: string[] = [];
    if (args.peek() === '(') args.list(() => words.push(args.astring()), { empty: true });
    else if (!args.atEnd) args.astring();
    args.end();
    const client: Record<string, string> = {};
    for (let at = 0; at < words.length; at += 2) {
      const [key = '', value = ''] = words.slice(at, at + 2);
      if (at >= 2 * MAX_PAIRS || key.length > MAX_KEY || value.length > MAX_VALUE)
        throw new BadArgument('That is too much');
      client[key.toLowerCase()] = value;
    }
    const { name = '', version = '' } = client;
    session.log.debug({ client: session.channel.address, name, version }, 'client');
    const ours = ['name', 'Tamis'];
    if (session.options.version !== undefined) ours.push('version', session.options.version);
    session.send(`ID (${ours.map((text) => string(text)).join(' ')})`);
    return ok('Done');
  },
};

import type { Command } from '../types.ts';
import { ANY_STATE, err, ok } from './command.ts';

/** RFC 6856 §3: all texts are English. */
export const lang: Command = {
  name: 'LANG',
  states: ANY_STATE,
  arguments: [0, 1],
  async run(session, [range]) {
    if (range === undefined) {
      for (const line of ['+OK Language listing follows:', 'en English', '.']) session.send(line);
      return undefined;
    }
    return range === '*' || /^(?:en|i-default)(?:-|$)/i.test(range)
      ? ok('en The texts are in English')
      : err('There is no such language here');
  },
};

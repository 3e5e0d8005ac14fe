import { cancelContext } from '../search/context.ts';
import type { Command } from '../types.ts';
import { no, ok, SELECTED } from './command.ts';

/** RFC 5267 §4.3: `CANCELUPDATE "tag" "tag"`. */
export const cancelUpdate: Command = {
  name: 'CANCELUPDATE',
  states: SELECTED,
  expunges: true,
  async run(session, args) {
    const tags: string[] = [];
    do {
      args.space();
      tags.push(args.astring());
    } while (!args.atEnd);
    const cancelled = tags.map((tag) => cancelContext(session.selected, tag));
    return cancelled.includes(false) ? no('There is no such live search') : ok('No more updates');
  },
};

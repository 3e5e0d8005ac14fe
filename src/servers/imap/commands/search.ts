import { runSearch } from '../search/run.ts';
import type { Command } from '../types.ts';
import { SELECTED } from './command.ts';

/** RFC 9051 §6.4.4. */
export const search: Command = {
  name: 'SEARCH',
  states: SELECTED,
  expunges: false,
  run: (session, args, tag) => runSearch(session, args, tag, false),
};

/** RFC 9051 §6.4.9. */
export const uidSearch: Command = {
  name: 'UID SEARCH',
  states: SELECTED,
  expunges: true,
  run: (session, args, tag) => runSearch(session, args, tag, true),
};

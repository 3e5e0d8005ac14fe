import { runSort } from '../search/run.ts';
import type { Command } from '../types.ts';
import { SELECTED } from './command.ts';

/** RFC 5256 §3. */
export const sort: Command = {
  name: 'SORT',
  states: SELECTED,
  expunges: false,
  run: (session, args, tag) => runSort(session, args, tag, false),
};

/** RFC 5256 §3. */
export const uidSort: Command = {
  name: 'UID SORT',
  states: SELECTED,
  expunges: true,
  run: (session, args, tag) => runSort(session, args, tag, true),
};

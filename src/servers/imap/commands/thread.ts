import { runThread } from '../thread/run.ts';
import type { Command } from '../types.ts';
import { SELECTED } from './command.ts';

/** RFC 5256 §3. */
export const thread: Command = {
  name: 'THREAD',
  states: SELECTED,
  expunges: false,
  run: (session, args, tag) => runThread(session, args, tag, false),
};

/** RFC 5256 §3. */
export const uidThread: Command = {
  name: 'UID THREAD',
  states: SELECTED,
  expunges: true,
  run: (session, args, tag) => runThread(session, args, tag, true),
};

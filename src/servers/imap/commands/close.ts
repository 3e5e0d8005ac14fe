import type { Command } from '../types.ts';
import { ok, SELECTED } from './command.ts';

/** RFC 9051 §6.4.1: what has \Deleted goes, without a word, where that may be. */
export const close: Command = {
  name: 'CLOSE',
  states: SELECTED,
  expunges: false,
  async run(session, args) {
    args.end();
    const { mailbox, readOnly, ref, uids } = session.selected;
    // What the client does not know of stays.
    if (!readOnly && ref.rights.has('e')) await mailbox.expunge(uids.last);
    session.close();
    return ok('Closed');
  },
};

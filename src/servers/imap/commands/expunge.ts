import type { Command, SessionControl } from '../types.ts';
import { ok, SELECTED } from './command.ts';

/** RFC 9051 §6.4.3. */
export const expunge: Command = {
  name: 'EXPUNGE',
  states: SELECTED,
  expunges: true,
  async run(session, args) {
    args.end();
    if (isExamined(session)) return ok('The mailbox is open for reading only: nothing is removed');
    session.require('e');
    // A message that the client does not know of stays, whoever has marked it.
    const { mailbox, uids } = session.selected;
    await mailbox.expunge(uids.last);
    return ok('Expunge completed');
  },
};

/** RFC 9051 §6.4.9, RFC 4315 §2.1. */
export const uidExpunge: Command = {
  name: 'UID EXPUNGE',
  states: SELECTED,
  expunges: true,
  async run(session, args) {
    args.space();
    const set = args.sequenceSet();
    args.end();
    const uids = session.resolve(set, 'uid');
    if (isExamined(session)) return ok('The mailbox is open for reading only: nothing is removed');
    session.require('e');
    await session.selected.mailbox.expunge(uids);
    return ok('Expunge completed');
  },
};

/** Opened by EXAMINE, by somebody who might remove messages: nothing is removed then, as CLOSE does (RFC 9051 §6.4.1). */
const isExamined = ({ selected: { readOnly, ref } }: SessionControl): boolean =>
  readOnly && ref.rights.has('e');

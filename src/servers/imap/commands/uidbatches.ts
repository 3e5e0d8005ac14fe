import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Command } from '../types.ts';
import { BadArgument, Refusal } from '../wire/errors.ts';
import { ok, SELECTED } from './command.ts';

/** The smallest batch that a client may ask for, as the draft has it. */
const MIN_BATCH = 500;
/** Batches made before others get their turn. */
const STEP = 1000;

/**
 * `UIDBATCHES size [first:last]` (draft-ietf-mailmaint-imap-uidbatches): ranges of UIDs that hold as many messages each, the
 * newest first; the last may hold less.
 */
export const uidBatches: Command = {
  name: 'UIDBATCHES',
  states: SELECTED,
  expunges: true,
  async run(session, args, tag) {
    args.space();
    const size = args.number();
    let first = 1;
    let last = Number.POSITIVE_INFINITY;
    if (!args.atEnd) {
      args.space();
      first = args.number();
      args.expect(':');
      last = args.number();
      if (first === 0 || last === 0) throw new BadArgument('Batches are counted from 1');
    }
    args.end();
    if (size < MIN_BATCH) throw new Refusal(`A batch has at least ${MIN_BATCH} messages`, 'TOOFEW');
    const { uids } = session.selected;
    const ranges: string[] = [];
    const [from, to] = [
      Math.min(first, last),
      Math.min(Math.max(first, last), Math.ceil(uids.length / size)),
    ];
    for (let batch = from; batch <= to; batch++) {
      const newest = uids.length - (batch - 1) * size;
      ranges.push(`${uids.at(newest) ?? 0}:${uids.at(Math.max(1, newest - size + 1)) ?? 0}`);
      if (ranges.length % STEP === 0) await nextTurn();
    }
    const correlator = `(TAG "${tag.replace(/["\\]/g, '\\$&')}")`;
    session.send(`UIDBATCHES ${correlator}${ranges.length === 0 ? '' : ` ${ranges.join(',')}`}`);
    return ok('Done');
  },
};

import { enableCondstore } from '../condstore.ts';
import { modseq } from '../fetch/facts-items.ts';
import { readItems, unique } from '../fetch/items.ts';
import { cutPartial, readModifiers } from '../fetch/modifiers.ts';
import { sendMessages } from '../fetch/respond.ts';
import { limited } from '../message-limit.ts';
import type { Command, Result, SessionControl } from '../types.ts';
import { BadArgument } from '../wire/errors.ts';
import type { Cursor, SequenceSet } from '../wire/types.ts';
import { sequenceSet } from '../wire/writer.ts';
import { ok, SELECTED } from './command.ts';
import { knownUids } from './select.ts';

/** RFC 9051 §6.4.5: `FETCH set items [modifiers]`. */
export const fetch: Command = {
  name: 'FETCH',
  states: SELECTED,
  expunges: false,
  run: (session, args, tag) => run(session, args, tag, 'sequence'),
};

/** RFC 9051 §6.4.9. */
export const uidFetch: Command = {
  name: 'UID FETCH',
  states: SELECTED,
  expunges: true,
  run: (session, args, tag) => run(session, args, tag, 'uid'),
};

async function run(
  session: SessionControl,
  args: Cursor,
  tag: string,
  by: 'uid' | 'sequence',
): Promise<Result> {
  args.space();
  const set = args.sequenceSet();
  args.space();
  let items = readItems(args);
  const { changedSince, vanished, partial } = readModifiers(args);
  args.end();
  if (vanished && (by !== 'uid' || changedSince === undefined || !session.enabled.has('QRESYNC')))
    throw new BadArgument('VANISHED needs UID FETCH, CHANGEDSINCE and QRESYNC');
  if (partial !== undefined && by !== 'uid') throw new BadArgument('PARTIAL needs UID FETCH');
  let uids = session.resolve(set, by);
  if (changedSince !== undefined || items.includes(modseq)) enableCondstore(session);
  if (changedSince !== undefined) {
    items = unique([...items, modseq]);
    const changes = session.selected.mailbox.changes(changedSince);
    if (vanished) sendVanished(session, set, changes.vanished);
    const changed = new Set(changes.changed.map((facts) => facts.uid));
    uids = uids.filter((uid) => changed.has(uid));
  }
  const { uids: some, code } = limited(cutPartial(uids, partial));
  const gone = await sendMessages(session, some, items, { tag, withUid: by === 'uid' });
  if (code !== undefined) return ok('The newest messages were fetched', code);
  // RFC 5530 §3: who names messages by their numbers learns why one did not come.
  if (gone > 0 && by === 'sequence') return ok('Some messages have been expunged', 'EXPUNGEISSUED');
  return ok('Fetch completed');
}

/**
 * RFC 7162 §3.2.6: those of the set that are gone; of those the client has open it hears in the usual way. `*` has no end
 * here: who asks for `1:*` wants to hear of those behind the last message, too.
 */
function sendVanished(session: SessionControl, set: SequenceSet, vanished: readonly number[]): void {
  const { uids, saved } = session.selected;
  const within = knownUids(set === '$' ? saved.map((uid) => [uid, uid] as const) : set);
  const gone = vanished
    .filter((uid) => within(uid) && uids.sequence(uid) === 0)
    .sort((one, other) => one - other);
  if (gone.length > 0) session.send(`VANISHED (EARLIER) ${sequenceSet(gone)}`);
}

import type { MailboxChanges } from '../../../store/mail/types.ts';
import type { Command, Result, SessionControl } from '../types.ts';
import type { View } from '../view.ts';
import { BadArgument, Refusal } from '../wire/errors.ts';
import type { Cursor, SequenceSet } from '../wire/types.ts';
import { flagList, mailboxName, sequenceSet } from '../wire/writer.ts';
import { LOGGED_IN, ok } from './command.ts';
import { type Resynchronisation, readSelectParameters } from './select-parameters.ts';

/** Rights by which something can be changed (RFC 4314 §5.2: READ-WRITE or READ-ONLY). */
const CHANGING = ['i', 's', 'w', 't', 'e'] as const;

/** RFC 9051 §6.3.2. */
export const select: Command = {
  name: 'SELECT',
  states: LOGGED_IN,
  expunges: false,
  run: (session, args) => openMailbox(session, args, false),
};

/** RFC 9051 §6.3.3. */
export const examine: Command = {
  name: 'EXAMINE',
  states: LOGGED_IN,
  expunges: false,
  run: (session, args) => openMailbox(session, args, true),
};

async function openMailbox(session: SessionControl, args: Cursor, examining: boolean): Promise<Result> {
  args.space();
  const name = readName(args);
  const { condstore, qresync } = readSelectParameters(args);
  if (qresync !== undefined && !session.enabled.has('QRESYNC'))
    throw new BadArgument('QRESYNC has to be enabled first');
  // Whatever comes of it, what was open is open no more (RFC 9051 §6.3.2).
  if (session.isOpen) {
    session.close();
    session.send('OK [CLOSED] The other mailbox is closed');
  }
  if (name === undefined) throw new Refusal('The name of the mailbox is not well-formed', 'CANNOT');
  const ref = await session.mailbox(name, 'r');
  if (!ref.mailbox.selectable) throw new Refusal('It holds no mail, only other mailboxes', 'NONEXISTENT');
  if (condstore) session.enable('CONDSTORE');
  const readOnly =
    examining || ref.mailbox.readOnly === true || !CHANGING.some((right) => ref.rights.has(right));
  const view = await session.open(ref, readOnly);
  describe(session, view);
  if (qresync !== undefined) await resynchronise(session, view, qresync);
  return ok('The mailbox is open', readOnly ? 'READ-ONLY' : 'READ-WRITE');
}

/** A name that is none must not keep the other mailbox open. */
function readName(args: Cursor): string | undefined {
  try {
    return args.mailbox();
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

function describe(session: SessionControl, view: View): void {
  const { mailbox, opened } = view;
  const rev2 = session.enabled.has('IMAP4REV2');
  session.send(view.flags);
  session.send(`OK [${view.permanentFlags}] ${view.readOnly ? 'Nothing' : 'Flags that'} can be kept`);
  session.send(`${view.uids.length} EXISTS`);
  if (!rev2) session.send(`${view.recent} RECENT`);
  const unseen = opened.firstUnseen === undefined ? 0 : view.uids.sequence(opened.firstUnseen);
  // RFC 9051 has no UNSEEN here any more.
  if (!rev2 && unseen > 0 && !session.enabled.has('UIDONLY')) session.send(`OK [UNSEEN ${unseen}] The first`);
  session.send(`OK [UIDVALIDITY ${mailbox.uidValidity}] UIDs are valid`);
  session.send(`OK [UIDNEXT ${opened.uidNext}] The next`);
  session.send(`OK [HIGHESTMODSEQ ${view.modseq}] The highest`);
  session.send(`OK [MAILBOXID (${mailbox.mailboxId})] Its identity`);
  if (rev2) session.send(`LIST () "/" ${mailboxName(view.ref.name, true)}`);
}

/** RFC 7162 §3.2.5.1: what is gone, then what is new or different. */
async function resynchronise(session: SessionControl, view: View, known: Resynchronisation): Promise<void> {
  if (known.uidValidity !== view.mailbox.uidValidity || known.modseq >= view.modseq) return;
  const changes: MailboxChanges = view.mailbox.changes(known.modseq);
  const within = knownUids(known.known);
  const rev2 = session.enabled.has('IMAP4REV2');
  // What has gone since the mailbox was opened is still counted in EXISTS, and told of afterwards.
  const vanished = changes.vanished.filter((uid) => within(uid) && view.uids.sequence(uid) === 0);
  if (vanished.length > 0) session.send(`VANISHED (EARLIER) ${sequenceSet(vanished)}`);
  const changed = [...changes.changed].sort((one, other) => one.uid - other.uid);
  for (const { uid, system, keywords, modseq } of changed) {
    const sequence = view.uids.sequence(uid);
    if (sequence === 0 || !within(uid)) continue;
    const flags = flagList(system, keywords, !rev2 && view.isRecent(uid));
    session.send(
      session.enabled.has('UIDONLY')
        ? `${uid} UIDFETCH (FLAGS ${flags} MODSEQ (${modseq}))`
        : `${sequence} FETCH (UID ${uid} FLAGS ${flags} MODSEQ (${modseq}))`,
    );
    await session.flush();
  }
}

/** Whether a set of UIDs has a UID, in a time that grows slowly with the set; no set, or a saved one, has all. */
export function knownUids(set: SequenceSet | undefined): (uid: number) => boolean {
  if (set === undefined || set === '$') return () => true;
  const ranges = set
    .map(([from, to]) => [Math.min(from, to), Math.max(from, to)] as const)
    .sort(([one], [other]) => one - other);
  const merged: [number, number][] = [];
  for (const [first, last] of ranges) {
    const previous = merged.at(-1);
    if (previous !== undefined && first <= previous[1] + 1) previous[1] = Math.max(previous[1], last);
    else merged.push([first, last]);
  }
  return (uid) => {
    let low = 0;
    let high = merged.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((merged[middle]?.[1] ?? 0) < uid) low = middle + 1;
      else high = middle;
    }
    return (merged[low]?.[0] ?? Infinity) <= uid;
  };
}

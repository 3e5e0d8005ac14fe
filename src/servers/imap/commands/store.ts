import type { FlagChange, MessageFacts } from '../../../store/mail/types.ts';
import { enableCondstore } from '../condstore.ts';
import { FlagEvents } from '../events.ts';
import { flags as flagsItem, modseq, uid } from '../fetch/facts-items.ts';
import { uidRanges } from '../fetch/ranges.ts';
import { factsLine, fetchContext } from '../fetch/respond.ts';
import type { FactsItem } from '../fetch/types.ts';
import { allowedFlags, flagsOf, forbiddenSystem } from '../flag-rights.ts';
import { limited } from '../message-limit.ts';
import { Progress } from '../progress.ts';
import { teachingOfKeywords } from '../teaching.ts';
import type { Command, Result, SessionControl } from '../types.ts';
import { BadArgument, Refusal } from '../wire/errors.ts';
import type { Cursor } from '../wire/types.ts';
import { sequenceSet } from '../wire/writer.ts';
import { ok, SELECTED } from './command.ts';

/** RFC 9051 §6.4.6: `STORE set [(UNCHANGEDSINCE n)] [+|-]FLAGS[.SILENT] flags`. */
export const store: Command = {
  name: 'STORE',
  states: SELECTED,
  expunges: false,
  run: (session, args, tag) => run(session, args, tag, 'sequence'),
};

/** RFC 9051 §6.4.9. */
export const uidStore: Command = {
  name: 'UID STORE',
  states: SELECTED,
  expunges: true,
  run: (session, args, tag) => run(session, args, tag, 'uid'),
};

/** Messages changed and told of at a time. */
const STEP = 1000;

const MODES: ReadonlyMap<string, FlagChange['mode']> = new Map([
  ['FLAGS', 'replace'],
  ['+FLAGS', 'add'],
  ['-FLAGS', 'remove'],
]);

async function run(
  session: SessionControl,
  args: Cursor,
  tag: string,
  by: 'uid' | 'sequence',
): Promise<Result> {
  args.space();
  const set = args.sequenceSet();
  args.space();
  const unchangedSince = readUnchangedSince(args);
  const item = args.keyword();
  const silent = item.endsWith('.SILENT');
  const mode = MODES.get(silent ? item.slice(0, -'.SILENT'.length) : item);
  if (mode === undefined) throw new BadArgument('FLAGS, +FLAGS or -FLAGS is expected');
  args.space();
  const flags = flagsOf(args.flags({ bare: true }));
  args.end();
  const ignored = isExamined(session);
  if (!ignored) session.require();
  const { uids, code } = limited(session.resolve(set, by));
  const change = permitted(session, {
    mode,
    flags,
    ...(unchangedSince === undefined ? {} : { unchangedSince }),
  });
  if (unchangedSince !== undefined) enableCondstore(session);
  if (ignored) {
    if (!silent) tell(session, { withUid: by === 'uid', silent }, factsOf(session, uids));
    return ok('The mailbox is open for reading only: the flags stay as they are');
  }
  const modified = await storeAll(session, uids, change, {
    silent,
    progress: new Progress(session, tag, uids.length),
    withUid: by === 'uid',
    unchanged: unchangedSince !== undefined,
  });
  if (modified.length > 0) {
    const names = modified.map((one) => (by === 'uid' ? one : session.label(one)));
    return ok('Some messages were changed by others', `MODIFIED ${sequenceSet(names)}`);
  }
  return code === undefined
    ? ok('Store completed')
    : ok('The flags of the newest messages were stored', code);
}

/** RFC 7162 §3.1.3. */
function readUnchangedSince(args: Cursor): number | undefined {
  if (args.take('() ') || !args.take('(')) return undefined;
  args.expect('UNCHANGEDSINCE');
  args.space();
  const value = args.number64();
  args.expect(')');
  args.space();
  return value;
}

/**
 * The change as far as the user may make it: flags that he has no right to stay as they are, and only who may change none of
 * those named is refused (RFC 4314 §4).
 */
function permitted(session: SessionControl, change: FlagChange): FlagChange {
  const { mailbox, ref } = session.selected;
  const { rights } = ref;
  if (rights.has('s') && rights.has('t') && rights.has('w')) return change;
  const flags = allowedFlags(change.flags, rights);
  const anything = flags.system !== 0 || flags.keywords.length > 0;
  const replacing = change.mode === 'replace' && ['s', 't', 'w'].some((right) => rights.has(right as 's'));
  if (!anything && !replacing) throw new Refusal('You may not change these flags', 'NOPERM');
  const keep = {
    system: forbiddenSystem(rights),
    keywords: rights.has('w') ? [] : mailbox.status().keywords,
  };
  return { ...change, flags, keep };
}

/**
 * Opened by EXAMINE, though he might change something: no flag is in PERMANENTFLAGS then, and setting one is ignored
 * (RFC 3501 §7.1).
 */
const isExamined = ({ selected: { readOnly, ref } }: SessionControl): boolean =>
  readOnly && (['s', 'w', 't'] as const).some((right) => ref.rights.has(right));

interface Telling {
  readonly silent: boolean;
  readonly withUid: boolean;
}

interface Storing extends Telling {
  /** Of messages that have the flags already the client is told, too. */
  readonly unchanged: boolean;
  readonly progress: Progress;
}

/** Changes them, and tells of each; those that were left as they are because of UNCHANGEDSINCE. */
async function storeAll(
  session: SessionControl,
  uids: readonly number[],
  change: FlagChange,
  telling: Storing,
): Promise<number[]> {
  const { mailbox } = session.selected;
  const modified: number[] = [];
  const events = await FlagEvents.of(session);
  const taught = { ...change, ...teachingOfKeywords(session, change) };
  for (let from = 0; from < uids.length; from += STEP) {
    const some = uids.slice(from, from + STEP);
    const before = events?.before(some);
    const stored = await mailbox.store(some, taught);
    if (before !== undefined) events?.changed(before, stored.changed);
    modified.push(...stored.modified);
    const { selected } = session;
    // With .SILENT the client takes its own change for all that has happened: others' must still be told.
    const known = telling.silent
      ? stored.changed.filter(({ uid }, index) => selected.hasHeard(uid, stored.previous[index] ?? 0))
      : stored.changed;
    session.silence(known, known.length === stored.changed.length);
    session.announceKeywords(stored.changed);
    const left = new Set(stored.modified);
    const all = telling.unchanged && !telling.silent ? factsOf(session, some) : stored.changed;
    tell(
      session,
      telling,
      all.filter((facts) => !left.has(facts.uid)),
    );
    telling.progress.at(from + some.length);
    await session.flush();
  }
  await events?.run();
  return modified;
}

/**
 * A FETCH for each; with .SILENT none, but for the modification sequences that somebody who asks for those must know
 * (RFC 7162 §3.1.3).
 */
function tell(session: SessionControl, { silent, withUid }: Telling, told: readonly MessageFacts[]): void {
  const { enabled } = session;
  const condstore = enabled.has('CONDSTORE');
  if (silent && !condstore) return;
  const withUids = (withUid || enabled.has('QRESYNC')) && !enabled.has('UIDONLY');
  const items: FactsItem[] = [
    ...(withUids ? [uid] : []),
    ...(silent ? [] : [flagsItem]),
    ...(condstore ? [modseq] : []),
  ];
  const context = fetchContext(session);
  session.announceKeywords(told);
  for (const facts of told) session.send(factsLine(session, facts, items, context));
}

const factsOf = ({ selected }: SessionControl, uids: readonly number[]): MessageFacts[] => [
  ...selected.mailbox.facts(uidRanges(uids, selected.uids)),
];

import { allowedFlags } from '../flag-rights.ts';
import { uidRanges } from '../fetch/ranges.ts';
import { MESSAGE_LIMIT } from '../message-limit.ts';
import { messagesArrived } from '../events.ts';
import { targetMailbox } from '../target.ts';
import { teachingOfArrival } from '../teaching.ts';
import type { MailboxRef } from '../../../store/mail/types.ts';
import type { Command, Result, SessionControl } from '../types.ts';
import { Refusal } from '../wire/errors.ts';
import type { Cursor } from '../wire/types.ts';
import { sequenceSet } from '../wire/writer.ts';
import { ok, SELECTED } from './command.ts';

type By = 'uid' | 'sequence';

/** RFC 9051 §6.4.7. */
export const copy: Command = {
  name: 'COPY',
  states: SELECTED,
  expunges: true,
  run: (session, args) => runCopy(session, args, 'sequence'),
};

/** RFC 9051 §6.4.9. */
export const uidCopy: Command = {
  name: 'UID COPY',
  states: SELECTED,
  expunges: true,
  run: (session, args) => runCopy(session, args, 'uid'),
};

/** RFC 9051 §6.4.8, RFC 6851 §3.1. */
export const move: Command = {
  name: 'MOVE',
  states: SELECTED,
  expunges: true,
  run: (session, args) => runMove(session, args, 'sequence'),
};

/** RFC 6851 §3.2. */
export const uidMove: Command = {
  name: 'UID MOVE',
  states: SELECTED,
  expunges: true,
  run: (session, args) => runMove(session, args, 'uid'),
};

async function runCopy(session: SessionControl, args: Cursor, by: By): Promise<Result> {
  const { uids, target } = await readArguments(session, args, by);
  demandAll(session, uids, by);
  const code = await transfer(session, uids, target, false);
  return code === undefined ? ok('There was nothing to copy') : ok('Copy completed', code);
}

async function runMove(session: SessionControl, args: Cursor, by: By): Promise<Result> {
  const { uids, target } = await readArguments(session, args, by, () => session.require('t', 'e'));
  demandAll(session, uids, by);
  const code = await transfer(session, uids, target, true);
  if (code === undefined) return ok('There was nothing to move');
  // Before the EXPUNGE responses (RFC 6851 §4.3).
  session.send(`OK [${code}] Moved`);
  return ok('Move completed');
}

/** `set mailbox`. */
async function readArguments(
  session: SessionControl,
  args: Cursor,
  by: By,
  check?: () => void,
): Promise<{ readonly uids: readonly number[]; readonly target: MailboxRef }> {
  args.space();
  const set = args.sequenceSet();
  args.space();
  const name = args.mailbox();
  args.end();
  const uids = session.resolve(set, by);
  check?.();
  if (uids.length > MESSAGE_LIMIT)
    throw new Refusal('Too many messages at once', `MESSAGELIMIT ${MESSAGE_LIMIT}`);
  return { uids, target: await targetMailbox(session, name) };
}

/**
 * Who names messages by their numbers gets all or none: one that is gone, though he cannot know it, refuses the command
 * (RFC 5530 §3). UIDs that are not there are passed over (RFC 9051 §6.4.9).
 */
function demandAll(session: SessionControl, uids: readonly number[], by: By): void {
  if (by === 'uid') return;
  const { mailbox, uids: known } = session.selected;
  let there = 0;
  for (const _ of mailbox.facts(uidRanges(uids, known))) there++;
  if (there < uids.length) throw new Refusal('Some of the messages have been expunged', 'EXPUNGEISSUED');
}

/** COPYUID (RFC 4315 §3); undefined when no message was there. */
async function transfer(
  session: SessionControl,
  uids: readonly number[],
  target: MailboxRef,
  move: boolean,
): Promise<string | undefined> {
  const { mailbox } = session.selected;
  if (uids.length === 0) return undefined;
  const teaching = await teachingOfArrival(session, target.mailbox, mailbox);
  const { uidValidity, pairs } = await mailbox.copy(uids, target.mailbox, { ...teaching, move });
  if (pairs.length === 0) return undefined;
  const copies = pairs.map(([, copied]) => copied);
  await dropFlags(target, copies);
  await messagesArrived(session, { cause: 'COPY', mailbox: target.mailbox, from: mailbox, uids: copies });
  return `COPYUID ${uidValidity} ${sequenceSet(pairs.map(([source]) => source))} ${sequenceSet(copies)}`;
}

/** Flags that the user may not set there do not come with the messages (RFC 4314 §4). */
async function dropFlags({ mailbox, rights }: MailboxRef, uids: readonly number[]): Promise<void> {
  if ((['s', 't', 'w'] as const).every((right) => rights.has(right))) return;
  const all = { system: 31, keywords: mailbox.status().keywords };
  const allowed = allowedFlags(all, rights);
  const forbidden = {
    system: all.system & ~allowed.system,
    keywords: rights.has('w') ? [] : all.keywords,
  };
  await mailbox.store(uids, { mode: 'remove', flags: forbidden });
}

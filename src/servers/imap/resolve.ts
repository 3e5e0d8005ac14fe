import type { Selected } from './types.ts';
import { BadArgument } from './wire/errors.ts';
import type { SequenceSet } from './wire/types.ts';

/** UIDs that a set means in the open mailbox, ascending, each once. See `Session.resolve`. */
export function resolveSet(selected: Selected, set: SequenceSet, by: 'uid' | 'sequence'): readonly number[] {
  const { uids } = selected;
  if (set === '$') return selected.saved.filter((uid) => uids.sequence(uid) !== 0);
  const ranges = set
    .map(([from, to]) => (by === 'uid' ? uidRange(selected, from, to) : sequenceRange(selected, from, to)))
    .filter((range) => range !== undefined)
    .sort(([one], [other]) => one - other);
  const found: number[] = [];
  let next = 1;
  for (const [low, high] of ranges) {
    for (let sequence = Math.max(low, next); sequence <= high; sequence++) found.push(uids.at(sequence) ?? 0);
    next = Math.max(next, high + 1);
  }
  return found;
}

type Range = readonly [low: number, high: number];

/** `*` is the last UID, so that `559:*` is at least that (RFC 9051 §9, seq-range). */
function uidRange({ uids }: Selected, from: number, to: number): Range | undefined {
  const last = uids.at(uids.length) ?? 0;
  const [one, other] = [from, to].map((end) => (end === Infinity ? last : end)) as [number, number];
  return uids.between(Math.min(one, other), Math.max(one, other));
}

function sequenceRange({ uids }: Selected, from: number, to: number): Range {
  const [one, other] = [from, to].map((end) => (end === Infinity ? uids.length : end)) as [number, number];
  const [low, high] = [Math.min(one, other), Math.max(one, other)];
  // In an empty mailbox `*` is no message either (RFC 9051 §9, seq-number).
  if (high > uids.length || uids.length === 0) throw new BadArgument('There are not so many messages');
  return [low, high];
}

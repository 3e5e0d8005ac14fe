import type { Mailbox, UidRange } from '../../../store/mail/types.ts';
import type { SearchIndexes } from '../../../store/search/types.ts';
import type { Selected } from '../types.ts';

/** Where one search looks. */
export interface Scope {
  readonly mailbox: Mailbox;
  /** Ascending: in the open mailbox those the client knows of. */
  readonly uids: Uint32Array;
  /** Number of a message in the open mailbox; 0 elsewhere. */
  sequence(this: void, uid: number): number;
  /** See `Selected.isRecent`; never in other mailboxes. */
  readonly isRecent: (uid: number) => boolean;
  readonly indexes: SearchIndexes | undefined;
}

/** The open mailbox, or only some of its messages. */
export function selectedScope(
  { mailbox, isRecent, uids }: Selected,
  indexes: SearchIndexes | undefined,
  some?: Iterable<number>,
): Scope {
  const sequence = (uid: number): number => uids.sequence(uid);
  return {
    mailbox,
    uids: some === undefined ? uids.toArray() : Uint32Array.from(some),
    sequence,
    isRecent,
    indexes,
  };
}

/** A mailbox that is not open. */
export function mailboxScope(mailbox: Mailbox, indexes: SearchIndexes | undefined): Scope {
  return { mailbox, uids: mailbox.uids(), sequence: () => 0, isRecent: () => false, indexes };
}

/** More ranges than that are not handed over: facts of the messages between are read, and left out. */
const MAX_RANGES = 256;

/** Few ranges that have all of these UIDs (ascending) in them. */
export function rangesOf(uids: ArrayLike<number>): UidRange[] {
  const exact: UidRange[] = [];
  for (let at = 0; at < uids.length; at++) {
    const uid = uids[at] ?? 0;
    const before = exact.at(-1);
    if (before !== undefined && before[1] === uid - 1) exact[exact.length - 1] = [before[0], uid];
    else exact.push([uid, uid]);
  }
  if (exact.length <= MAX_RANGES) return exact;
  const step = Math.ceil(exact.length / MAX_RANGES);
  const joined: UidRange[] = [];
  for (let at = 0; at < exact.length; at += step)
    joined.push([exact[at]?.[0] ?? 0, exact[Math.min(at + step, exact.length) - 1]?.[1] ?? 0]);
  return joined;
}

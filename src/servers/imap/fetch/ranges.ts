import type { UidRange } from '../../../store/mail/types.ts';
import type { UidList } from '../types.ts';

/**
 * Ascending UIDs of the list as ranges. Messages that stand one after the other in the list are one range, whatever UIDs
 * are missing between them: those are gone.
 */
export function uidRanges(uids: readonly number[], list: UidList): UidRange[] {
  const first = uids[0];
  const last = uids.at(-1);
  if (first === undefined || last === undefined) return [];
  // The usual case without a look at each.
  if (list.sequence(last) - list.sequence(first) === uids.length - 1) return [[first, last]];
  const ranges: UidRange[] = [];
  let from = first;
  let to = first;
  let sequence = list.sequence(first);
  for (const uid of uids.slice(1)) {
    const next = list.sequence(uid);
    if (next !== sequence + 1) {
      ranges.push([from, to]);
      from = uid;
    }
    to = uid;
    sequence = next;
  }
  ranges.push([from, to]);
  return ranges;
}

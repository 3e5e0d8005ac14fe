import { setImmediate as nextTurn } from 'node:timers/promises';

/** System calls under way at the same time for one task: Node has four threads for them. */
const WIDTH = 8;
/** Steps after which the event loop goes round: about a millisecond. */
const TURN = 32;

/** Does something for each item, several at a time; the results in their order. Rejects with the first error, when all that began have ended. */
export async function forEachOf<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  if (items.length === 1) return [await work(items[0] as T)];
  const results: R[] = [];
  const failures: unknown[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length && failures.length === 0) {
      const at = next++;
      // Some steps end at once: others get their turn all the same.
      if (at % TURN === TURN - 1) await nextTurn();
      try {
        results[at] = await work(items[at] as T);
      } catch (error) {
        failures.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(WIDTH, items.length) }, worker));
  if (failures.length > 0) throw failures[0];
  return results;
}

/** Pieces of a list that are short enough for one transaction. */
export function* chunksOf<T>(items: readonly T[], size: number): Iterable<readonly T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}

/** Items that are sorted, or merged, without others getting their turn: some milliseconds. */
const SORTED_AT_ONCE = 4096;

/** Sorts a list of any length, so that others get their turn; equal items keep their order. */
export async function sortInTurns<T>(
  items: readonly T[],
  compare: (one: T, other: T) => number,
): Promise<T[]> {
  let runs: T[][] = [];
  for (const chunk of chunksOf(items, SORTED_AT_ONCE)) {
    runs.push(chunk.toSorted(compare));
    await nextTurn();
  }
  while (runs.length > 1) {
    const merged: T[][] = [];
    for (const [one = [], other = []] of chunksOf(runs, 2)) merged.push(await merge(one, other, compare));
    runs = merged;
  }
  return runs[0] ?? [];
}

async function merge<T>(
  one: readonly T[],
  other: readonly T[],
  compare: (one: T, other: T) => number,
): Promise<T[]> {
  const merged: T[] = [];
  for (let [left, right] = [0, 0]; left < one.length || right < other.length; ) {
    const takesLeft =
      right >= other.length || (left < one.length && compare(one[left] as T, other[right] as T) <= 0);
    merged.push((takesLeft ? one[left++] : other[right++]) as T);
    if (merged.length % SORTED_AT_ONCE === 0) await nextTurn();
  }
  return merged;
}

import { setImmediate as nextTurn } from 'node:timers/promises';

/** System calls under way at the same time for one task: Node has four threads for them. */
const WIDTH = 8;
/** Steps after which the event loop goes round: about a millisecond. */
const TURN = 32;

/** Does something for each item, several at a time; the results in their order. Rejects with the first error, when all that began have ended. */
export async function forEachOf<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
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

import type { Staged } from '../store/types.ts';

/**
 * Stages several things, then commits them in order: all of them, or none. When one fails, those already committed are
 * taken back; `stuck` is told of those that could not be (somebody has read them): a retry will do them twice. Rejects
 * with the first error.
 */
export async function commitAll(
  works: readonly (() => Promise<Staged<unknown>>)[],
  stuck: (count: number) => void,
): Promise<unknown[]> {
  const staged: Staged<unknown>[] = [];
  const committed: Staged<unknown>[] = [];
  const results: unknown[] = [];
  try {
    for (const work of works) staged.push(await work());
    for (const item of staged) {
      results.push(await item.commit());
      committed.push(item);
    }
    return results;
  } catch (error) {
    let left = 0;
    for (const item of staged.toReversed()) {
      const gone = await item.abort();
      if (!gone && committed.includes(item)) left++;
    }
    if (left > 0) stuck(left);
    throw error;
  }
}

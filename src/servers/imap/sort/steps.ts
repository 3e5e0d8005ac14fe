/** Work that stops now and then, so that others get their turn; `return` is its result. */
export type Steps<T> = Generator<undefined, T>;

/** Items that the engine's own sort takes in one step. */
const RUN = 2_048;
/** Items merged in one step. */
const MERGED = 4_096;

/** Sorts in steps of a few milliseconds, n log n comparisons; equal items keep their order. */
export function* sortSteps<T>(items: readonly T[], compare: (one: T, other: T) => number): Steps<T[]> {
  let runs: T[][] = [];
  for (let at = 0; at < items.length; at += RUN) {
    runs.push(items.slice(at, at + RUN).sort(compare));
    yield;
  }
  while (runs.length > 1) {
    const merged: T[][] = [];
    for (let at = 0; at < runs.length; at += 2)
      merged.push(yield* merge(runs[at] ?? [], runs[at + 1] ?? [], compare));
    runs = merged;
  }
  return runs[0] ?? [];
}

function* merge<T>(
  left: readonly T[],
  right: readonly T[],
  compare: (one: T, other: T) => number,
): Steps<T[]> {
  const merged: T[] = [];
  let at = 0;
  let other = 0;
  while (at < left.length && other < right.length) {
    const [one, two] = [left[at] as T, right[other] as T];
    if (compare(one, two) <= 0) {
      merged.push(one);
      at++;
    } else {
      merged.push(two);
      other++;
    }
    if (merged.length % MERGED === 0) yield;
  }
  for (; at < left.length; at++) merged.push(left[at] as T);
  for (; other < right.length; other++) merged.push(right[other] as T);
  return merged;
}

import type { Features } from '../types.ts';

/** A message to learn from. */
export interface Example {
  readonly features: Features;
  readonly spam: boolean;
  /** Where it was collected. */
  readonly source: string;
  /** Near-duplicates share one; they count together as little more than one message. */
  readonly group: string;
}

/** Numbers between 0 and 1 that are the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 0x1_0000_0000;
  };
}

/** In place (Fisher and Yates). */
export function shuffle(items: unknown[], random: () => number): void {
  for (let index = items.length - 1; index > 0; index--) {
    const other = Math.floor(random() * (index + 1));
    [items[index], items[other]] = [items[other], items[index]];
  }
}

/**
 * What each example counts: sources count by a power of their size, so that the largest does not decide alone;
 * duplicates by the root of their number; spam and ham the same in sum, 1 on average.
 */
export function exampleWeights(examples: readonly Example[], sourcePower: number): Float64Array {
  const count = (keys: readonly string[]): Map<string, number> => {
    const counts = new Map<string, number>();
    for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
    return counts;
  };
  const sourceOf = ({ source, spam }: Example): string => `${source} ${spam}`;
  const sources = count(examples.map(sourceOf));
  const groups = count(examples.map(({ group }) => group));
  const weights = Float64Array.from(
    examples,
    (example) =>
      (sources.get(sourceOf(example)) ?? 1) ** (sourcePower - 1) / Math.sqrt(groups.get(example.group) ?? 1),
  );
  const sums = [0, 0];
  for (const [index, { spam }] of examples.entries()) sums[Number(spam)]! += weights[index]!;
  return weights.map(
    (weight, index) => (weight * examples.length) / 2 / sums[Number(examples[index]!.spam)]!,
  );
}

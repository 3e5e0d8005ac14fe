import type { UidRange } from '../mail/types.ts';

/** Ranges of numbers, in any order and with doubles. */
export function rangesOf(numbers: Iterable<number>): UidRange[] {
  const sorted = [...numbers].sort((one, other) => one - other);
  const ranges: [number, number][] = [];
  for (const number of sorted) {
    const open = ranges.at(-1);
    if (open !== undefined && number <= open[1] + 1) open[1] = number;
    else ranges.push([number, number]);
  }
  return ranges;
}

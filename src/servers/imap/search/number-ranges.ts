import type { SequenceSet } from '../wire/types.ts';

/** A set of numbers as ranges: asked for in logarithmic time, however large the ranges are. */
export class NumberRanges {
  readonly #starts: readonly number[];
  readonly #ends: readonly number[];

  /** `*` is `last` (RFC 9051 §9, seq-range). */
  constructor(set: Exclude<SequenceSet, '$'>, last: number) {
    const starts: number[] = [];
    const ends: number[] = [];
    const ranges = set
      .map(([from, to]) => [from === Infinity ? last : from, to === Infinity ? last : to] as const)
      .map(([from, to]) => [Math.min(from, to), Math.max(from, to)] as const)
      .sort(([one], [other]) => one - other);
    for (const [start, end] of ranges) {
      const before = ends.at(-1);
      if (before === undefined || start > before + 1) {
        starts.push(start);
        ends.push(end);
      } else ends[ends.length - 1] = Math.max(before, end);
    }
    this.#starts = starts;
    this.#ends = ends;
  }

  /** The highest number in it; 0 for none. */
  get last(): number {
    return this.#ends.at(-1) ?? 0;
  }

  has(number: number): boolean {
    let low = 0;
    let high = this.#starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#starts[middle] ?? 0) <= number) low = middle + 1;
      else high = middle;
    }
    return low > 0 && number <= (this.#ends[low - 1] ?? 0);
  }
}

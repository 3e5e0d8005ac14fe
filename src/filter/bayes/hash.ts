/**
 * A 64-bit hash as two 32-bit halves, made a code unit at a time: no strings are cut out of the text, and the result
 * is the same on every machine. Not for secrets: whoever wants two tokens to collide can make them.
 */

export const SEED_LOW = 0x811c9dc5 | 0;
export const SEED_HIGH = 0x2b1a5f37 | 0;

export const stepLow = (low: number, unit: number): number => Math.imul(low ^ unit, 0x01000193);
export const stepHigh = (high: number, unit: number): number => {
  const mixed = Math.imul(high + unit, 0x5bd1e995);
  return mixed ^ (mixed >>> 15);
};

/** Spreads every bit over the whole word: the table takes its slot from the low ones. */
export const finish = (half: number): number => {
  let mixed = Math.imul(half ^ (half >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
};

/** Hash of a text, `[low, high]`, unsigned. */
export function hashText(text: string): [number, number] {
  let low = SEED_LOW;
  let high = SEED_HIGH;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    low = stepLow(low, unit);
    high = stepHigh(high, unit);
  }
  return [finish(low) >>> 0, finish(high) >>> 0];
}

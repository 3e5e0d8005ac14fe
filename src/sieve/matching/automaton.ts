/**
 * Looks for many keys at once, in one pass over the text (Aho and Corasick's way). Looking for each key in turn is
 * faster for few keys and short texts: see {@link MANY_KEYS} and {@link LONG_TEXT}.
 */
export interface KeyAutomaton {
  /** Index of the class of each code unit below 256; 0: in no key. */
  readonly classes: Uint16Array;
  /** The same for those from 256 on. */
  readonly wide: ReadonlyMap<number, number>;
  readonly width: number;
  /** The state that follows, by state and class, times `width`; -1: a key has been found. */
  readonly next: Int32Array;
}

/** From here on one pass for all costs less than one for each. */
export const MANY_KEYS = 8;
/** Shorter texts are not worth the making of it. */
export const LONG_TEXT = 2048;
/** Numbers in the table: 4 MiB for some thousand keys. A list that needs more is searched key by key. */
const MAX_TABLE = 1024 * 1024;

/** Undefined when its table would be too large. No key may be empty. */
export function makeAutomaton(keys: readonly string[]): KeyAutomaton | undefined {
  const classes = new Uint16Array(256);
  const wide = new Map<number, number>();
  let width = 1;
  let length = 1;
  for (const key of keys) {
    length += key.length;
    for (let at = 0; at < key.length; at++) {
      const unit = key.charCodeAt(at);
      if (unit >= 256) {
        if (!wide.has(unit)) wide.set(unit, width++);
      } else if (classes[unit] === 0) classes[unit] = width++;
    }
    if (width * length > MAX_TABLE) return undefined;
  }
  const classOf = (unit: number): number => (unit < 256 ? classes[unit] : wide.get(unit)) ?? 0;
  const next = new Int32Array(width * length);
  const last = new Uint8Array(length);
  let states = 1;
  for (const key of keys) {
    let state = 0;
    for (let at = 0; at < key.length; at++) {
      const place = state * width + classOf(key.charCodeAt(at));
      if (next[place] === 0) next[place] = states++;
      state = next[place] ?? 0;
    }
    last[state] = 1;
  }
  complete(next, last, states, width);
  return { classes, wide, width, next };
}

/** Makes of the tree of the keys a table without failures, breadth first. */
function complete(next: Int32Array, last: Uint8Array, states: number, width: number): void {
  const failure = new Int32Array(states);
  const queue: number[] = [];
  for (let unit = 0; unit < width; unit++) {
    const child = next[unit] ?? 0;
    if (child !== 0) queue.push(child);
  }
  for (let head = 0; head < queue.length; head++) {
    const state = queue[head] ?? 0;
    const other = failure[state] ?? 0;
    if (last[other] === 1) last[state] = 1;
    for (let unit = 0; unit < width; unit++) {
      const child = next[state * width + unit] ?? 0;
      const fallback = next[other * width + unit] ?? 0;
      if (child === 0) next[state * width + unit] = fallback;
      else {
        failure[child] = fallback;
        queue.push(child);
      }
    }
  }
  for (let place = 0; place < states * width; place++) {
    const state = next[place] ?? 0;
    next[place] = last[state] === 1 ? -1 : state * width;
  }
}

/** Whether one of the keys stands in the text. */
export function findAny({ classes, wide, next }: KeyAutomaton, text: string): boolean {
  let state = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    state = next[state + ((unit < 256 ? classes[unit] : wide.get(unit)) ?? 0)] ?? 0;
    if (state < 0) return true;
  }
  return false;
}

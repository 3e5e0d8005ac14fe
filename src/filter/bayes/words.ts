import {
  characterClasses,
  DIGIT,
  GLYPH,
  INNER,
  LETTER,
  NOTHING,
  SIGN,
  smallLetters,
  SPACE,
} from './characters.ts';
import { finish, hashText, stepHigh, stepLow } from './hash.ts';
import type { TokenSet } from './token-set.ts';

/** Longer words are known by their length alone: names of genes are shorter, random text is not worth a token. */
const LONGEST_WORD = 32;
/** Words with more digits than this are numbers of something: known by their shape. */
const MOST_DIGITS = 4;

/** Where a text stands: its words are other tokens than those of the body. */
export interface Field {
  readonly low: number;
  readonly high: number;
  /** Words before a word that it makes pairs with; 0 for none. */
  readonly window: number;
}

export function field(name: string, window: number): Field {
  const [low, high] = hashText(`${name}\u0000`);
  return { low: low | 0, high: high | 0, window };
}

/** Words remembered for pairs; a power of two above every window. */
const RING = 8;

/**
 * Adds the words of a text and their pairs. Words are runs of letters and digits of any script, in small letters;
 * characters of scripts without spaces make pairs of neighbours. Addresses of the web are left out (links have tokens
 * of their own). Linear in the text; reads at most `most` code units.
 */
export function addWords(tokens: TokenSet, text: string, at: Field, most: number): void {
  const { window } = at;
  const ringLow = new Int32Array(RING);
  const ringHigh = new Int32Array(RING);
  let count = 0;
  const put = (low: number, high: number): void => {
    const one = finish(low);
    const two = finish(high);
    tokens.add(one, two);
    if (window === 0) return;
    for (let distance = 1; distance <= window && distance <= count; distance++) {
      const slot = (count - distance) & (RING - 1);
      const left = Math.imul((ringLow[slot] ?? 0) + distance, 0x9e3779b1) ^ one;
      const right = Math.imul((ringHigh[slot] ?? 0) ^ distance, 0x5bd1e995) + two;
      tokens.add(finish(left), finish(right));
    }
    ringLow[count & (RING - 1)] = one;
    ringHigh[count & (RING - 1)] = two;
    count++;
  };

  const end = Math.min(text.length, most);
  let index = 0;
  while (index < end) {
    const unit = text.charCodeAt(index);
    const kind = characterClasses[unit] ?? SPACE;
    if (kind === LETTER || kind === DIGIT) {
      let low = at.low;
      let high = at.high;
      let length = 0;
      let digits = 0;
      let capitals = 0;
      const start = index;
      for (; index < end; index++) {
        const next = text.charCodeAt(index);
        const nextKind = characterClasses[next] ?? SPACE;
        if (nextKind === LETTER) {
          const small = smallLetters[next] ?? next;
          if (small !== next) capitals++;
          low = stepLow(low, small);
          high = stepHigh(high, small);
          length++;
        } else if (nextKind === DIGIT) {
          digits++;
          low = stepLow(low, next);
          high = stepHigh(high, next);
          length++;
        } else if (nextKind === INNER) {
          const following = characterClasses[text.charCodeAt(index + 1)] ?? SPACE;
          if (index + 1 >= end || (following !== LETTER && following !== DIGIT)) break;
          low = stepLow(low, next);
          high = stepHigh(high, next);
          length++;
        } else if (nextKind !== NOTHING) break;
      }
      if (length > LONGEST_WORD)
        put(stepLow(at.low, 0xe000 + (31 - Math.clz32(length))), stepHigh(at.high, 0xe000));
      else if (digits > MOST_DIGITS) {
        const shape = (length === digits ? 0xe100 : 0xe200) + length;
        put(stepLow(at.low, shape), stepHigh(at.high, shape));
      } else {
        put(low, high);
        // SHOUTING is a token beside the word.
        if (capitals > 3 && capitals === length)
          tokens.add(finish(stepLow(low, 0xe300)), finish(stepHigh(high, 0xe300)));
      }
      if (text.charCodeAt(index) === 0x3a && text.startsWith('://', index))
        index = skipAddress(text, index, end);
      else if (index === start) index++;
    } else if (kind === GLYPH) {
      // A window of 0 would leave nothing but single characters: here the neighbours are the word.
      const following = text.charCodeAt(index + 1);
      if (index + 1 < end && characterClasses[following] === GLYPH)
        put(stepLow(stepLow(at.low, unit), following), stepHigh(stepHigh(at.high, unit), following));
      else put(stepLow(at.low, unit), stepHigh(at.high, unit));
      index++;
    } else if (kind === SIGN) {
      let low = stepLow(at.low, unit);
      let high = stepHigh(at.high, unit);
      index++;
      if (unit >= 0xd800 && unit <= 0xdbff && index < end) {
        low = stepLow(low, text.charCodeAt(index));
        high = stepHigh(high, text.charCodeAt(index));
        index++;
      }
      put(low, high);
    } else index++;
  }
}

/** Index of the first character after an address of the web. */
function skipAddress(text: string, from: number, end: number): number {
  let index = from;
  while (index < end) {
    const unit = text.charCodeAt(index);
    if (unit <= 0x20 || unit === 0x3c || unit === 0x3e || unit === 0x22 || unit === 0xa0 || unit === 0x3000)
      break;
    index++;
  }
  return index;
}

/** Signatures of texts: texts that share most of their shingles have most numbers of their signatures in common. */
import {
  characterClasses,
  GLYPH,
  LETTER,
  DIGIT,
  INNER,
  NOTHING,
  SPACE,
  smallLetters,
} from '../bayes/characters.ts';
import { finish, SEED_LOW, stepLow } from '../bayes/hash.ts';
import { SIGNATURE } from './types.ts';

/** Words of a shingle. */
const WINDOW = 3;
/** Words looked at: the beginning of a text tells which it is, and time stays bounded (0.1 ms). */
const MOST_WORDS = 1500;
/** Code units looked at for them. */
const MOST_TEXT = 32_768;

const factors = new Uint32Array(SIGNATURE);
const offsets = new Uint32Array(SIGNATURE);
for (let index = 0; index < SIGNATURE; index++) {
  factors[index] = finish(0x5bd1e995 + index) | 1;
  offsets[index] = finish(0x9e3779b1 - index);
}

/**
 * The min-hash signature of a text, {@link SIGNATURE} numbers: the share of equal numbers of two signatures is an
 * estimate of the share of shingles the texts have in common (Jaccard). Undefined for texts of fewer than `minimumWords`.
 * Words with digits, web addresses and invisible characters are passed over: they change from copy to copy.
 */
export function signatureOf(text: string, minimumWords: number): Uint32Array | undefined {
  const words = wordHashes(text);
  if (words.length < Math.max(minimumWords, WINDOW)) return undefined;
  const least = new Uint32Array(SIGNATURE).fill(0xffff_ffff);
  for (let at = 0; at + WINDOW <= words.length; at++) {
    let shingle = SEED_LOW;
    for (let of = 0; of < WINDOW; of++) shingle = finish(Math.imul(shingle, 31) + (words[at + of] ?? 0));
    for (let index = 0; index < SIGNATURE; index++) {
      const value = (Math.imul(shingle, factors[index] ?? 1) + (offsets[index] ?? 0)) >>> 0;
      if (value < (least[index] ?? 0)) least[index] = value;
    }
  }
  return least;
}

/** Share of numbers two signatures have in common. */
export function similarityOf(one: Uint32Array, other: Uint32Array): number {
  let equal = 0;
  for (let index = 0; index < SIGNATURE; index++) if (one[index] === other[index]) equal++;
  return equal / SIGNATURE;
}

/** A hash for each word; two neighbours of a script without spaces are a word. */
function wordHashes(text: string): number[] {
  const words: number[] = [];
  const end = Math.min(text.length, MOST_TEXT);
  let index = 0;
  while (index < end && words.length < MOST_WORDS) {
    const unit = text.charCodeAt(index);
    const kind = characterClasses[unit] ?? SPACE;
    if (kind === GLYPH) {
      const next = text.charCodeAt(index + 1);
      words.push(stepLow(stepLow(SEED_LOW, unit), next));
      index++;
    } else if (kind === LETTER || kind === DIGIT) {
      let hash = SEED_LOW;
      let plain = true;
      for (; index < end; index++) {
        const one = text.charCodeAt(index);
        const its = characterClasses[one] ?? SPACE;
        if (its === LETTER) hash = stepLow(hash, smallLetters[one] ?? one);
        else if (its === DIGIT) plain = false;
        else if (its !== INNER && its !== NOTHING) break;
      }
      if (text.startsWith('://', index)) {
        while (index < end && text.charCodeAt(index) > 0x20) index++;
      } else if (plain) words.push(hash);
    } else index++;
  }
  return words;
}

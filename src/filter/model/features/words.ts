import { MAX_WORD } from '../limits.ts';
import { characterKinds, DIGIT, INVISIBLE, LETTER, MARK, SPACE, UNSPACED } from './characters.ts';
import { HASH_START, hashStep, hashText } from './sink.ts';

/** Hashes of the words of a text in order. Words that identify somebody are replaced by what they are. */
export interface Words {
  readonly hashes: Int32Array;
  readonly count: number;
  /** Things counted on the way. */
  readonly upper: number;
  readonly letters: number;
  readonly digits: number;
  readonly foreign: number;
  readonly exclamations: number;
  readonly currency: number;
  readonly invisible: number;
}

const ADDRESS = hashText('<address>');
const LINK = hashText('<link>');
const NAME = hashText('<dotted>');
const LONG = hashText('<long>');
const QUOTE = 0x3e;
const DOT = 0x2e;
const AT = 0x40;
const SLASH = 0x2f;
const COLON = 0x3a;
const BANG = 0x21;
const CURRENCY = new Set(Array.from('$€£¥₹₽₿', (sign) => sign.charCodeAt(0)));

/**
 * Splits a text. Left out: quoted lines, mail addresses, links and host names (replaced by a word that says so), and the
 * words of `names`, which are the recipient's own. Digits count as zeros, so that dates and numbers are only shapes.
 */
export function splitWords(text: string, names: ReadonlySet<number>): Words {
  const kinds = characterKinds();
  const hashes = new Int32Array(text.length + 1);
  const lower = text.toLowerCase();
  // A few characters grow when lower-cased; then upper and lower case cannot be compared by place.
  const comparable = lower.length === text.length;
  let count = 0;
  let upper = 0;
  let letters = 0;
  let digits = 0;
  let foreign = 0;
  let exclamations = 0;
  let currency = 0;
  let invisible = 0;

  /** Where the words of the present run without spaces begin. */
  let run = 0;
  let isAddress = false;
  let isLink = false;
  let isDotted = false;
  let word = HASH_START;
  let length = 0;
  let lineStart = true;
  let before = SPACE;
  let beforeCode = 0;

  const endWord = () => {
    if (length === 0) return;
    if (length > MAX_WORD) hashes[count++] = LONG;
    else if (length > 1 && !names.has(word)) hashes[count++] = word;
    word = HASH_START;
    length = 0;
  };
  const endRun = () => {
    endWord();
    if (isAddress || isLink || isDotted) {
      count = run;
      hashes[count++] = isAddress ? ADDRESS : isLink ? LINK : NAME;
      isAddress = isLink = isDotted = false;
    }
    run = count;
  };

  for (let index = 0; index < lower.length; index++) {
    const code = lower.charCodeAt(index);
    const kind = kinds[code] ?? SPACE;
    if (kind === SPACE) {
      endRun();
      if (code === 10) lineStart = true;
      before = SPACE;
      continue;
    }
    if (lineStart) {
      lineStart = false;
      if (code === QUOTE) {
        const end = lower.indexOf('\n', index);
        index = (end < 0 ? lower.length : end) - 1;
        continue;
      }
    }
    if (kind === LETTER) {
      letters++;
      if (code > 0x7f) foreign++;
      else if (comparable && text.charCodeAt(index) !== code) upper++;
      if (beforeCode === DOT && before === MARK && index > 1 && kinds[lower.charCodeAt(index - 2)] === LETTER)
        isDotted = true;
      word = hashStep(word, code);
      length++;
    } else if (kind === DIGIT) {
      digits++;
      word = hashStep(word, 0x30);
      length++;
    } else if (kind === UNSPACED) {
      endWord();
      letters++;
      foreign++;
      hashes[count++] = hashStep(HASH_START, code);
      // The pair tells more than either: it stands for a word.
      if (before === UNSPACED) hashes[count - 1] = hashStep(hashStep(HASH_START, beforeCode), code);
    } else if (kind === INVISIBLE) {
      invisible++;
      continue;
    } else {
      if (code === AT) isAddress = true;
      else if (code === SLASH && beforeCode === SLASH && index > 2 && lower.charCodeAt(index - 2) === COLON)
        isLink = true;
      else if (code === BANG) exclamations++;
      else if (CURRENCY.has(code)) {
        currency++;
        endWord();
        hashes[count++] = hashStep(HASH_START, code);
      }
      // An apostrophe stays within its word.
      if (code !== 0x27 && code !== 0x2019) endWord();
    }
    before = kind;
    beforeCode = code;
  }
  endRun();
  return { hashes, count, upper, letters, digits, foreign, exclamations, currency, invisible };
}

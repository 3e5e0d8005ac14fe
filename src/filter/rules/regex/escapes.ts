import {
  ByteSet,
  DIGIT,
  HORIZONTAL_SPACE,
  NONE,
  SPACE,
  unicodeProperty,
  VERTICAL_SPACE,
  WORD,
} from './bytes.ts';
import type { Scanner } from './scanner.ts';
import { PatternError } from './syntax.ts';

const CLASSES: Readonly<Record<string, ByteSet>> = {
  d: DIGIT,
  D: DIGIT.complement(),
  w: WORD,
  W: WORD.complement(),
  s: SPACE,
  S: SPACE.complement(),
  h: HORIZONTAL_SPACE,
  H: HORIZONTAL_SPACE.complement(),
  v: VERTICAL_SPACE,
  V: VERTICAL_SPACE.complement(),
};

const CONTROLS: Readonly<Record<string, number>> = { t: 9, n: 10, r: 13, f: 12, e: 27, a: 7 };

/** Reads the class behind a backslash (`\d`, `\p{…}`); undefined, and nothing taken, when it is none. */
export function classEscape(input: Scanner, fold: (set: ByteSet) => ByteSet): ByteSet | undefined {
  const set = CLASSES[input.peek];
  if (set !== undefined) {
    input.next();
    return set;
  }
  const property = input.match(/[pP](?:\{\s*\^?[\w\s:=.&-]{1,80}\}|[A-Za-z])/y);
  if (property === undefined) return undefined;
  const name = property.slice(1).replace(/[{}]/g, '').trim();
  const found = unicodeProperty(name.replace(/^\^/, ''));
  if (found === undefined) throw new PatternError(`\\${property} is not known`);
  return (property[0] === 'P') === name.startsWith('^') ? fold(found) : fold(found).complement();
}

/** Reads the character behind a backslash, and gives its code. */
export function readCharacterEscape(input: Scanner): number {
  const letter = input.next();
  const control = CONTROLS[letter];
  if (control !== undefined) return control;
  if (letter === 'x') return hexadecimal(input);
  if (letter === 'c') {
    const name = input.next();
    if (!/[\x20-\x7e]/.test(name)) throw new PatternError('\\c without a character');
    return name.toUpperCase().charCodeAt(0) ^ 64;
  }
  if (letter === 'o') {
    const digits = input.match(/\{\s*[0-7]+\s*\}/y);
    if (digits === undefined) throw new PatternError('\\o without {digits}');
    return parseInt(digits.slice(1), 8);
  }
  if (letter === 'N') {
    const code = input.match(/\{U\+[0-9A-Fa-f]{1,8}\}/y);
    if (code === undefined) throw new PatternError('\\N{name} is not supported');
    return parseInt(code.slice(3), 16);
  }
  if (/[0-7]/.test(letter)) return parseInt(letter + (input.match(/[0-7]{1,2}/y) ?? ''), 8);
  if (letter === '') throw new PatternError('ends with a backslash');
  return letter.charCodeAt(0);
}

function hexadecimal(input: Scanner): number {
  const braced = input.match(/\{[^}]{0,20}\}/y);
  // Perl reads as far as there are digits, and none are a zero.
  if (braced !== undefined)
    return parseInt(/^\{\s*([0-9A-Fa-f_]*)/.exec(braced)?.[1]?.replaceAll('_', '') || '0', 16);
  return parseInt(input.match(/[0-9A-Fa-f]{1,2}/y) ?? '0', 16);
}

export const oneByte = (code: number): ByteSet => (code > 255 ? NONE : ByteSet.range(code, code));

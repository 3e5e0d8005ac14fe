/** What a UTF-16 code unit is to a reader of words. */
export const SPACE = 0;
export const LETTER = 1;
export const DIGIT = 2;
export const MARK = 3;
/** Of a script written without spaces: each is a word, and a pair with the next. */
export const UNSPACED = 4;
/** Not seen: soft hyphen, zero-width space and joiners. */
export const INVISIBLE = 5;

let table: Uint8Array | undefined;

/** The kind of each code unit; 64 KB, made once. */
export function characterKinds(): Uint8Array {
  return (table ??= makeTable());
}

function makeTable(): Uint8Array {
  const kinds = new Uint8Array(0x10000);
  const unspaced =
    /[\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}\p{sc=Lao}\p{sc=Khmer}\p{sc=Myanmar}]/u;
  for (let code = 0; code < kinds.length; code++) {
    const character = String.fromCharCode(code);
    // Halves of pairs: mostly emoji and rare ideographs, told apart by both halves together.
    if (code >= 0xd800 && code < 0xe000) kinds[code] = UNSPACED;
    else if (/\s/u.test(character)) kinds[code] = SPACE;
    else if (/[\p{Cf}\u034f\u115f\u1160\u17b4\u17b5\u3164]/u.test(character)) kinds[code] = INVISIBLE;
    else if (/\p{Nd}/u.test(character)) kinds[code] = DIGIT;
    else if (unspaced.test(character)) kinds[code] = UNSPACED;
    else if (/[\p{L}\p{M}]/u.test(character)) kinds[code] = LETTER;
    else kinds[code] = /\p{Cc}/u.test(character) ? SPACE : MARK;
  }
  return kinds;
}

/** What a code unit is to the scanner of words: one look in a table each. */

/** Parts words. */
export const SPACE = 0;
export const LETTER = 1;
export const DIGIT = 2;
/** Of a script written without spaces: two neighbours are a word. */
export const GLYPH = 3;
/** Parts words unless it stands between two letters or digits: `don't`, `e-mail`, `3.50`. */
export const INNER = 4;
/** A word by itself: currency signs, `!`, and the first half of what lies beyond 16 bits (emoji, rare letters). */
export const SIGN = 5;
/** As if it were not there: soft hyphens, joiners, marks that hide a word from filters. */
export const NOTHING = 6;

const INNER_SIGNS = "'-._@&+";
const OWN_SIGNS = '$£€¥!%₿₹';
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}\p{Script=Tibetan}]/u;

const classes = new Uint8Array(65_536);
const lower = new Uint16Array(65_536);
for (let unit = 0; unit < 65_536; unit++) {
  const character = String.fromCharCode(unit);
  classes[unit] = classOf(unit, character);
  const small = character.toLowerCase();
  lower[unit] = small.length === 1 ? small.charCodeAt(0) : unit;
}

function classOf(unit: number, character: string): number {
  if (unit >= 0xd800 && unit <= 0xdbff) return SIGN;
  if (unit >= 0xdc00 && unit <= 0xdfff) return SPACE;
  if (INNER_SIGNS.includes(character) || unit === 0x2019) return INNER;
  if (OWN_SIGNS.includes(character)) return SIGN;
  if (/[\p{Default_Ignorable_Code_Point}]/u.test(character)) return NOTHING;
  if (UNSPACED.test(character)) return GLYPH;
  if (/\p{Nd}/u.test(character)) return DIGIT;
  return /[\p{L}\p{M}]/u.test(character) ? LETTER : SPACE;
}

/** Class by UTF-16 code unit. */
export const characterClasses: Readonly<Uint8Array> = classes;
/** Small letter by code unit. */
export const smallLetters: Readonly<Uint16Array> = lower;

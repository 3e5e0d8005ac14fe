/** Digraphs in upper, title and lower case. */
const DIGRAPHS: readonly string[] = ['Ǆǅǆ', 'Ǉǈǉ', 'Ǌǋǌ', 'Ǳǲǳ'];

/** What characters are folded to: most texts have the same few. */
const folded = new Map<string, string>();
const MAX_FOLDED = 10_000;

/**
 * RFC 5051 §2: the title case of the character, then its decomposition of any kind, and the same again with each
 * character of that. Cases are those of one character for one (`UnicodeData.txt`), and syllables of Hangul stay whole.
 */
export function foldCharacter(character: string): string {
  let result = folded.get(character);
  if (result === undefined) {
    const title = titleCase(character);
    const parts = /[\uac00-\ud7a3]/.test(title) ? title : title.normalize('NFKD');
    result = parts === character ? character : Array.from(parts, (part) => foldCharacter(part)).join('');
    if (folded.size >= MAX_FOLDED) folded.clear();
    folded.set(character, result);
  }
  return result;
}

/** The simple title case mapping of Unicode. */
function titleCase(character: string): string {
  const digraph = DIGRAPHS.find((cases) => cases.includes(character));
  if (digraph !== undefined) return digraph.charAt(1);
  const code = character.codePointAt(0) ?? 0;
  // Small letters of Georgian are used in titles as they are.
  if (code >= 0x10d0 && code <= 0x10ff) return character;
  const upper = character.toUpperCase();
  if (upper.length === character.length) return upper;
  // Where the upper case takes two characters: Greek with iota subscript has one of its own for titles.
  if (code >= 0x1f80 && code <= 0x1faf) return String.fromCharCode(code | 8);
  if (code === 0x1fb3 || code === 0x1fc3 || code === 0x1ff3) return String.fromCharCode(code + 9);
  return character;
}

/** The text in `i;unicode-casemap`'s one form (RFC 5051 §2): texts that differ in case alone are the same in it. */
export function foldUnicode(text: string): string {
  if (!/[^\0-\x7f]/.test(text)) return text.toUpperCase();
  return text.replace(/[a-z]+|[^\0-\x7f]/gu, (run) =>
    run.charCodeAt(0) < 0x80 ? run.toUpperCase() : foldCharacter(run),
  );
}

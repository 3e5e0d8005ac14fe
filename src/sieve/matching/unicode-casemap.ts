import type { Comparator } from '../definitions.ts';
import { compareText } from './comparators.ts';

/** Digraphs in upper, title and lower case. */
const DIGRAPHS: readonly string[] = ['Ǆǅǆ', 'Ǉǈǉ', 'Ǌǋǌ', 'Ǳǲǳ'];

/** What characters are folded to: most texts have the same few. */
const folded = new Map<string, string>();
const MAX_FOLDED = 10_000;

/**
 * RFC 5051 §2: the title case of the character, then its decomposition of any kind, and the same again with each
 * character of that. Cases are those of one character for one (`UnicodeData.txt`), and syllables of Hangul stay whole.
 */
function foldCharacter(character: string): string {
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

/** RFC 5051: letters are the same in both cases and with their marks written apart, in all scripts. */
export const unicodeCasemap: Comparator = {
  name: 'i;unicode-casemap',
  substring: true,
  fold(text) {
    if (!/[^\0-\x7f]/.test(text)) return text.toUpperCase();
    let result = '';
    for (const character of text) result += foldCharacter(character);
    return result;
  },
  places(text) {
    const places: number[] = [];
    let at = 0;
    for (const character of text) {
      for (let unit = foldCharacter(character).length; unit > 0; unit--) places.push(at);
      at += character.length;
    }
    places.push(at);
    return places;
  },
  order: compareText,
};

import { SystemFlag } from './types.ts';

/** Letters of the Maildir convention, in the order of the alphabet. */
const LETTERS: readonly (readonly [letter: string, bit: number])[] = [
  ['D', SystemFlag.draft],
  ['F', SystemFlag.flagged],
  ['R', SystemFlag.answered],
  ['S', SystemFlag.seen],
  ['T', SystemFlag.deleted],
];
/** The letter of "passed", and the keyword that means it. */
const PASSED = 'P';
export const FORWARDED = '$Forwarded';
/** Keywords of a mailbox that have a letter, `a` to `z`. */
export const LETTER_KEYWORDS = 26;

/** The name of a file without its flags, and what stands behind: `:2,FS`. */
export function splitName(file: string): { name: string; info: string } {
  const colon = file.indexOf(':');
  return colon === -1 ? { name: file, info: '' } : { name: file.slice(0, colon), info: file.slice(colon) };
}

/** Octets that the name says the message has (`S=`) and has with every line ending as CRLF (`W=`). */
export function sizesInName(name: string): { size?: number; virtualSize?: number } {
  const size = /,S=(\d{1,15})/.exec(name)?.[1];
  const virtualSize = /,W=(\d{1,15})/.exec(name)?.[1];
  return {
    ...(size === undefined ? {} : { size: Number(size) }),
    ...(virtualSize === undefined ? {} : { virtualSize: Number(virtualSize) }),
  };
}

/** What stands behind the name of a message with these flags; `number` gives the place of a keyword, from 0. */
export function infoOf(
  system: number,
  keywords: readonly string[],
  number: (keyword: string) => number | undefined,
): string {
  const letters = LETTERS.filter(([, bit]) => (system & bit) !== 0).map(([letter]) => letter);
  const small: string[] = [];
  for (const keyword of keywords) {
    const place = number(keyword);
    if (keyword.toLowerCase() === FORWARDED.toLowerCase()) letters.push(PASSED);
    else if (place !== undefined && place < LETTER_KEYWORDS) small.push(String.fromCharCode(97 + place));
  }
  return `:2,${letters.sort().join('')}${small.sort().join('')}`;
}

/** The flags in `:2,FSab`; letters nobody knows are left out. `keyword` gives the name of a place. */
export function flagsOf(
  info: string,
  keyword: (number: number) => string | undefined,
): { system: number; keywords: string[] } {
  const letters = info.startsWith(':2,') ? info.slice(3) : '';
  let system = 0;
  for (const [letter, bit] of LETTERS) if (letters.includes(letter)) system |= bit;
  const keywords = letters.includes(PASSED) ? [FORWARDED] : [];
  for (const letter of letters) {
    const number = letter.charCodeAt(0) - 97;
    const name = number >= 0 && number < LETTER_KEYWORDS ? keyword(number) : undefined;
    if (name !== undefined && !keywords.includes(name)) keywords.push(name);
  }
  return { system, keywords };
}

/** What another program did to the letters of a file since `base` is done to our flags. */
export function mergedFlags(
  ours: { readonly system: number; readonly keywords: string },
  base: string,
  theirs: string,
  keyword: (number: number) => string | undefined,
): { system: number; keywords: string[] } {
  const before = flagsOf(base, keyword);
  const after = flagsOf(theirs, keyword);
  const system = (ours.system | (after.system & ~before.system)) & ~(before.system & ~after.system);
  const present = ours.keywords === '' ? [] : ours.keywords.split(' ');
  const gone = before.keywords.filter((name) => !after.keywords.includes(name));
  const come = after.keywords.filter((name) => !before.keywords.includes(name) && !present.includes(name));
  return { system, keywords: [...present.filter((name) => !gone.includes(name)), ...come] };
}

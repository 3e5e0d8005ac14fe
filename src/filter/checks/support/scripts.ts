/** Invisible characters nobody types: zero width space, word joiner, soft hyphen, BOM, direction overrides. */
export const INVISIBLE = /[\u00AD\u200B\u2060\uFEFF\u202D\u202E]/;

const LATIN = /\p{Script=Latin}/u;
const LOOKALIKE = /[\p{Script=Cyrillic}\p{Script=Greek}]/u;
const WORD = /[\p{L}\p{M}]+/gu;

/**
 * The first word that mixes Latin letters with Cyrillic or Greek ones (`Pаypal` with a Cyrillic а): no language writes
 * like this. Single letters apart (µm, Ω) are fine, as they are words of their own or stand beside digits.
 */
export const mixedScriptWord = (text: string): string | undefined => mixedScriptWords(text)[0];

/** All such words. */
export function mixedScriptWords(text: string): string[] {
  if (!LOOKALIKE.test(text)) return [];
  // U+00B5 MICRO SIGN is common to all scripts; U+03BC beside a unit (μs) is not a disguise.
  const words = text.match(WORD) ?? [];
  return words.filter((word) => word.length > 3 && LATIN.test(word) && LOOKALIKE.test(word));
}

/** Cyrillic letters that look like Latin ones. */
const TWINS = /^[асеорхуіјѕԁһӏԛԝ]+$/u;

/**
 * True for a host label that is written in Cyrillic letters alone, each the twin of a Latin one (`раура` for `paypa`).
 * Five letters at least: short words of the kind exist.
 */
export const isLookalikeLabel = (label: string): boolean => label.length >= 5 && TWINS.test(label);

import type { Check } from '../types.ts';

const MAX_TEXT = 256 * 1024;
/** Occurrences from which it is no accident of copy and paste. */
const FEW = 5;
/** Characters of the text for each, above which it is rather a fault of typesetting: newsletters have a few. */
const SPARSE = 150;
/** Weight of what is sparse. */
const SPARSE_WEIGHT = 0.3;
/**
 * Zero width spaces, word joiners, byte order marks, turns of the writing, joiners of graphemes; the half of a surrogate
 * pair that begins tags and selectors of variants. The soft hyphen is not among them: it is honest typesetting.
 */
const SPLIT =
  /(?<=\p{L})[\u034F\u180E\u200B\u2060-\u2064\u206A-\u206F\uFEFF\u202D\u202E\u{E0000}-\u{E01EF}]+(?=\p{L})/gu;
/** Joiners and their opposite belong into words of Persian and of India, not into ours. */
const JOINED =
  /(?<=[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}])[\u200C\u200D]+(?=[\p{Script=Latin}\p{Script=Cyrillic}\p{Script=Greek}])/gu;

/** Invisible characters between letters split words so that filters don't know them. */
export const invisibleText: Check = {
  name: 'invisible-text',
  symbols: {
    INVISIBLE_TEXT: { score: 2, description: 'Words of the text are split by invisible characters' },
  },
  run({ message }) {
    const text = message.text.slice(0, MAX_TEXT);
    const count = (text.match(SPLIT)?.length ?? 0) + (text.match(JOINED)?.length ?? 0);
    if (count < FEW) return [];
    const sparse = count * SPARSE < text.length;
    return [{ symbol: 'INVISIBLE_TEXT', detail: `${count}`, ...(sparse && { weight: SPARSE_WEIGHT }) }];
  },
};

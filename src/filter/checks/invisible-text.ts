import type { Check } from '../types.ts';

const MAX_TEXT = 256 * 1024;
/** Occurrences from which it is no accident of copy and paste. */
const FEW = 5;

/** Invisible characters between letters split words so that filters don't know them. */
export const invisibleText: Check = {
  name: 'invisible-text',
  symbols: {
    INVISIBLE_TEXT: { score: 1, description: 'Words of the text are split by invisible characters' },
  },
  run({ message }) {
    const text = message.text.slice(0, MAX_TEXT);
    // The soft hyphen is not among them: it is honest typesetting in long words.
    const count = text.match(/(?<=\p{L})[\u200B\u2060\uFEFF\u202D\u202E](?=\p{L})/gu)?.length ?? 0;
    return count < FEW ? [] : [{ symbol: 'INVISIBLE_TEXT', detail: `${count}` }];
  },
};

import type { Check } from '../types.ts';

/** The string all spam filters know, without its first letter, which says what is to happen (as in rspamd). */
const TAIL = 'JS*C4JDBQADN1.NSBN3*2IDNEN*GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X';
const SYMBOLS: Readonly<Record<string, string>> = {
  X: 'GTUBE',
  Y: 'GTUBE_ADD_HEADER',
  Z: 'GTUBE_REWRITE_SUBJECT',
};
/** It is looked for at the beginning of the text: tests are short. */
const MAX_TEXT = 64 * 1024;

/** The Generic Test for Unsolicited Bulk Email, to try a filter without real spam. */
export const gtube: Check = {
  name: 'gtube',
  symbols: {
    GTUBE: { score: 1000, description: 'Test string for spam filters: reject' },
    GTUBE_ADD_HEADER: { score: 0, description: 'Test string for spam filters: add header' },
    GTUBE_REWRITE_SUBJECT: { score: 0, description: 'Test string for spam filters: rewrite subject' },
  },
  run({ message }) {
    const at = message.text.slice(0, MAX_TEXT).indexOf(TAIL);
    const symbol = at > 0 ? SYMBOLS[message.text.charAt(at - 1)] : undefined;
    return symbol === undefined ? [] : [{ symbol }];
  },
};

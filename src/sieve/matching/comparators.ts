import type { Comparator } from '../definitions.ts';

/** By code points, which is the order of their UTF-8 octets. */
export function compareText(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at++) {
    const x = a.charCodeAt(at);
    const y = b.charCodeAt(at);
    if (x !== y) return rank(x) - rank(y);
  }
  return a.length - b.length;
}

/** Surrogates stand for code points above all others. */
function rank(unit: number): number {
  return unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit;
}

/** RFC 4790 §9.3. */
export const octet: Comparator = {
  name: 'i;octet',
  fold: (text) => text,
  substring: true,
  order: compareText,
};

/** Bodies are long: a replacement for each word of a text takes ten times as long as this. */
function upperAscii(text: string): string {
  const octets = Buffer.from(text, 'utf16le');
  for (let at = 0; at < octets.length; at += 2) {
    const unit = octets[at] ?? 0;
    if (unit >= 0x61 && unit <= 0x7a && octets[at + 1] === 0) octets[at] = unit - 0x20;
  }
  return octets.toString('utf16le');
}

/** Keys and header values are short: asking for their length in octets takes longer than looking at each character. */
const SHORT = 64;

function isAscii(text: string): boolean {
  if (text.length > SHORT) return Buffer.byteLength(text) === text.length;
  for (let at = 0; at < text.length; at++) if (text.charCodeAt(at) > 0x7f) return false;
  return true;
}

/** RFC 4790 §9.2: ASCII letters are the same in both cases; folded to upper case, which decides the order. */
export const asciiCasemap: Comparator = {
  name: 'i;ascii-casemap',
  fold: (text) => (isAscii(text) ? text.toUpperCase() : upperAscii(text)),
  substring: true,
  order: compareText,
};

/**
 * RFC 4790 §9.1: the digits a string begins with, as a number of any size. A string that begins with no digit is
 * positive infinity, folded to ''. Two infinities are equal.
 */
export const asciiNumeric: Comparator = {
  name: 'i;ascii-numeric',
  fold: (text) => /^0*(\d+)/.exec(text)?.[1] ?? '',
  substring: false,
  order: (a, b) => {
    if (a === '' || b === '') return (a === '' ? 1 : 0) - (b === '' ? 1 : 0);
    return a.length - b.length || compareText(a, b);
  },
};

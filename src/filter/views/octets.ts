import type { Octets } from './types.ts';

/** Anything beyond ASCII. */
// oxlint-disable-next-line no-control-regex -- the bytes of ASCII
const WIDE = /[^\x00-\x7f]/;

/** Text as the bytes of its UTF-8. */
export function toOctets(text: string): Octets {
  return WIDE.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text;
}

/** Bytes as a string, line endings made `\n`. */
export function octetsOf(bytes: Uint8Array, limit: number): Octets {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, limit)).toString(
    'latin1',
  );
  return text.includes('\r') ? text.replaceAll('\r\n', '\n') : text;
}

/** White space as Unicode has it; JavaScript's `\s` lacks U+0085 and adds U+FEFF. */
export const UNICODE_SPACE = /[\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/g;

/**
 * Cuts a text at `limit`, a little later where one of `marks` stands within a kilobyte: the first mark that does
 * decides.
 */
export function truncated(text: string, limit: number, marks: readonly string[]): string {
  if (text.length <= limit) return text;
  for (const mark of marks) {
    const found = text.indexOf(mark, limit);
    if (found >= 0 && found - limit <= 1024) return text.slice(0, found + 1);
  }
  return text.slice(0, limit);
}

import { decodeCharset } from './charset.ts';
import type { Report } from './defects.ts';

// encoded-word = "=?" charset "?" encoding "?" encoded-text "?="   (RFC 2047 §2); charset may carry "*language".
const OPENING = /=\?([^?\s=<>()[\]"]{1,80})\?([bBqQ])\?/y;

/** Bytes of a Q-encoded text (RFC 2047 §4.2); a `=` that begins no code stands for itself. */
function decodeQ(text: string, report?: Report): Buffer {
  const out = Buffer.allocUnsafe(text.length * 3);
  let length = 0;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x5f) out[length++] = 0x20;
    else if (code === 0x3d && /^[0-9A-Fa-f]{2}$/.test(text.slice(i + 1, i + 3))) {
      out[length++] = Number.parseInt(text.slice(i + 1, i + 3), 16);
      i += 2;
    } else if (code < 0x80) {
      if (code === 0x3d) report?.('encoded-word-syntax');
      out[length++] = code;
    } else {
      // 8-bit text inside an encoded word: taken as the UTF-8 it was read as.
      const point = text.codePointAt(i) ?? code;
      length += out.write(String.fromCodePoint(point), length, 'utf8');
      if (point > 0xffff) i++;
    }
  }
  return out.subarray(0, length);
}

/** Bytes of a B-encoded text (RFC 2047 §4.1); padding may be missing or stand between joined pieces. */
function decodeB(text: string, report?: Report): Buffer {
  if (/[^A-Za-z0-9+/=\s]/.test(text)) report?.('encoded-word-syntax');
  const inner = text.replace(/=+\s*$/, '');
  if (!inner.includes('=')) return Buffer.from(inner, 'base64');
  return Buffer.concat(inner.split(/=+/).map((piece) => Buffer.from(piece, 'base64')));
}

/**
 * Decodes the RFC 2047 encoded words of an unfolded value. White space between two words is dropped, and words of one
 * charset are decoded together, so that a character split between them survives. Broken words stay as they are.
 * Linear; at most `limit` words.
 */
export function decodeWords(value: string, report?: Report, limit = 5000): string {
  if (!value.includes('=?')) return value;
  let out = '';
  let plainFrom = 0;
  let pending: Buffer[] = [];
  let charset = '';
  let words = 0;
  const flush = (): void => {
    if (pending.length === 0) return;
    const only = pending[0];
    const decoded = decodeCharset(
      pending.length === 1 && only !== undefined ? only : Buffer.concat(pending),
      charset,
    );
    if (decoded.fault === 'unknown') report?.('encoded-word-charset');
    out += decoded.text;
    pending = [];
  };
  let at = value.indexOf('=?');
  while (at >= 0) {
    OPENING.lastIndex = at;
    const opening = OPENING.exec(value);
    if (opening === null) {
      report?.('encoded-word-syntax');
      at = value.indexOf('=?', at + 2);
      continue;
    }
    const from = at + opening[0].length;
    const to = value.indexOf('?=', from);
    if (to < 0) {
      report?.('encoded-word-syntax');
      break;
    }
    if (words++ >= limit) {
      report?.('too-many-encoded-words');
      break;
    }
    const between = value.slice(plainFrom, at);
    const name = (opening[1] ?? '').replace(/\*.*$/, '').toLowerCase();
    const joined = pending.length > 0 && /^\s*$/.test(between);
    if (!joined) {
      flush();
      out += between;
    } else if (name !== charset) flush();
    charset = name;
    const text = value.slice(from, to);
    pending.push(/[bB]/.test(opening[2] ?? '') ? decodeB(text, report) : decodeQ(text, report));
    plainFrom = to + 2;
    at = value.indexOf('=?', plainFrom);
  }
  flush();
  return out + value.slice(plainFrom);
}

/** Characters that may stand bare in a Q word wherever it is used (RFC 2047 §5 (3)). */
const Q_SAFE = /^[A-Za-z0-9!*+\-/]$/;
/** RFC 2047 §2: an encoded word is at most 75 characters. */
const MAX_WORD = 75;

function encodeWord(text: string, base64: boolean): string {
  const bytes = Buffer.from(text, 'utf8');
  if (base64) return `=?utf-8?B?${bytes.toString('base64')}?=`;
  let out = '';
  for (const byte of bytes) {
    const character = String.fromCharCode(byte);
    if (byte === 0x20) out += '_';
    else if (Q_SAFE.test(character)) out += character;
    else out += `=${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return `=?utf-8?Q?${out}?=`;
}

/**
 * Text as RFC 2047 encoded words in UTF-8, separated by a space, usable in unstructured fields and phrases
 * (RFC 2047 §5). Printable ASCII that looks like no encoded word comes back unchanged. Line breaks become spaces.
 */
export function encodeWords(text: string): string {
  const line = text.replace(/[\r\n]+/g, ' ');
  if (/^[\x20-\x7e\t]*$/.test(line) && !line.includes('=?')) return line;
  const ascii = line.replace(/[^\x20-\x7e]/g, '').length;
  const base64 = ascii * 2 < line.length;
  const words: string[] = [];
  let current = '';
  for (const character of line.toWellFormed()) {
    if (current !== '' && encodeWord(current + character, base64).length > MAX_WORD) {
      words.push(encodeWord(current, base64));
      current = '';
    }
    current += character;
  }
  if (current !== '') words.push(encodeWord(current, base64));
  return words.join(' ');
}

/** A display name (RFC 5322 §3.2.5): as it is where it is made of atoms, else quoted or as {@link encodeWords}. */
export function formatPhrase(name: string): string {
  const encoded = encodeWords(name);
  return encoded !== name || /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+$/.test(name)
    ? encoded
    : `"${name.replace(/["\\]/g, '\\$&')}"`;
}

import { isAscii, isUtf8 } from 'node:buffer';
import { TextDecoder } from 'node:util';
import iconv from 'iconv-lite';

/** What became of a decoding. */
export interface DecodedText {
  readonly text: string;
  /** `ok`; `unknown`: no such charset; `undeclared`: 8-bit bytes under ASCII; `mismatch`: bytes the charset lacks. */
  readonly fault: 'ok' | 'unknown' | 'undeclared' | 'mismatch';
}

/** A Buffer over the same memory, shared or not; nothing is copied. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Charsets that iconv-lite calls so and that are none (transfer encodings and its own names). */
const NOT_A_CHARSET = new Set(['base64', 'hex', 'binary', 'internal', 'ucs2']);

/** Names seen in mail that the WHATWG table lacks, and what is meant. */
const ALIASES: ReadonlyMap<string, string> = new Map([
  ['', 'us-ascii'],
  ['ascii', 'us-ascii'],
  ['7bit', 'us-ascii'],
  ['8bit', 'us-ascii'],
  ['iso-ir-6', 'us-ascii'],
  ['646', 'us-ascii'],
  ['iso-8859-8-e', 'iso-8859-8'],
  ['utf', 'utf-8'],
  ['utf8mb4', 'utf-8'],
  ['utf-8n', 'utf-8'],
  ['cp65001', 'utf-8'],
  ['cp932', 'shift_jis'],
  ['ms932', 'shift_jis'],
  ['ms949', 'euc-kr'],
  ['cp949', 'euc-kr'],
  ['uhc', 'euc-kr'],
  ['cp936', 'gbk'],
  ['cp950', 'big5'],
  ['cp51932', 'euc-jp'],
  ['iso-2022-jp-ms', 'iso-2022-jp'],
  ['iso-2022-jp-1', 'iso-2022-jp'],
  ['iso-2022-jp-2', 'iso-2022-jp'],
  ['windows-31j', 'shift_jis'],
  ['windows-949', 'euc-kr'],
  ['windows-936', 'gbk'],
  ['unicode-1-1-utf-7', 'utf-7'],
]);

const ASCII_LABELS = new Set(['us-ascii', 'ansi_x3.4-1968', 'iso-ir-6', 'iso646-us', 'ansi_x3.4-1986']);

type Decode = (bytes: Buffer) => DecodedText;

const decoders = new Map<string, Decode | undefined>();
/** Hostile mail invents names; the cache keeps this many. */
const MAX_CACHED = 300;

/** `label` in lower case, without quotes and the RFC 2231 language suffix. */
function normalizeLabel(label: string): string {
  const plain = label
    .slice(0, 80)
    .replace(/\*.*$/s, '')
    .replace(/^[\s"']+|[\s"']+$/g, '')
    .toLowerCase();
  const name = ALIASES.get(plain) ?? plain;
  // "cp-1252", "windows1252", "win-1251", "iso8859_1": as written by careless mailers.
  const loose = /^(?:cp|win|windows|ibm|x-cp)[-_ ]?(125\d|874)$/.exec(name);
  return loose === null ? name : `windows-${loose[1]}`;
}

/** True for a TypedArray of shared memory, which TextDecoder need not take. */
const isShared = (bytes: Uint8Array): boolean => bytes.buffer instanceof SharedArrayBuffer;

/** UTF-8 where the bytes are, else windows-1252 (what readers make of 8-bit text nobody declared). */
function decodeGuessed(bytes: Buffer): string {
  return isUtf8(bytes)
    ? bytes.toString('utf8')
    : latinDecoder.decode(isShared(bytes) ? Buffer.from(bytes) : bytes);
}
const latinDecoder = new TextDecoder('windows-1252');

const decodeAscii: Decode = (bytes) =>
  isAscii(bytes)
    ? { text: bytes.toString('latin1'), fault: 'ok' }
    : { text: decodeGuessed(bytes), fault: 'undeclared' };

const decodeUtf8: Decode = (bytes) => {
  const body = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
  return { text: body.toString('utf8'), fault: isUtf8(body) ? 'ok' : 'mismatch' };
};

/** ISO-2022, HZ, UTF-7 and UTF-16 are not ASCII even where all bytes are. */
const notAsciiCompatible = (label: string): boolean =>
  /^(?:iso-2022|hz|utf-?7|utf-?16|utf-?32|ucs|csiso2022|unicode)/.test(label);

function makeDecoder(label: string): Decode | undefined {
  if (ASCII_LABELS.has(label)) return decodeAscii;
  let whatwg: TextDecoder | undefined;
  try {
    whatwg = new TextDecoder(label);
  } catch {
    // Not of the WHATWG table.
  }
  if (whatwg?.encoding === 'utf-8') return decodeUtf8;
  const stateful = notAsciiCompatible(label);
  if (whatwg !== undefined) {
    const decoder = whatwg;
    return (bytes) => {
      if (!stateful && isAscii(bytes)) return { text: bytes.toString('latin1'), fault: 'ok' };
      const text = decoder.decode(isShared(bytes) ? Buffer.from(bytes) : bytes);
      return { text, fault: text.includes('\ufffd') ? 'mismatch' : 'ok' };
    };
  }
  if (NOT_A_CHARSET.has(label) || label.startsWith('_') || !iconv.encodingExists(label)) return undefined;
  return (bytes) => {
    if (!stateful && isAscii(bytes)) return { text: bytes.toString('latin1'), fault: 'ok' };
    const text = iconv.decode(Buffer.from(bytes), label);
    return { text, fault: text.includes('\ufffd') ? 'mismatch' : 'ok' };
  };
}

function decoderFor(label: string): Decode | undefined {
  const known = decoders.get(label);
  if (known !== undefined || decoders.has(label)) return known;
  const made = makeDecoder(label);
  if (decoders.size < MAX_CACHED) decoders.set(label, made);
  return made;
}

/**
 * Decodes `bytes` as `label` says (RFC 2046 §4.1.2). An unknown label, or 8-bit bytes where ASCII was declared, is
 * read as UTF-8 where that is valid and as windows-1252 otherwise. Never throws.
 */
export function decodeCharset(bytes: Uint8Array, label: string): DecodedText {
  const buffer = asBuffer(bytes);
  const decode = decoderFor(normalizeLabel(label));
  if (decode === undefined) return { text: decodeGuessed(buffer), fault: 'unknown' };
  return decode(buffer);
}

/** Distinct characters whose encoding is tried out one by one; a text that has more is in no charset but Unicode's. */
const MAX_TRIED = 100_000;

/**
 * Encodes text in a charset (RFC 2046 §4.1.2). Characters the charset lacks become `replacement`, or what is left of it
 * in that charset. Undefined when there is no such charset, or none that mail is written in (UTF-7).
 */
export function encodeCharset(text: string, label: string, replacement = '?'): Uint8Array | undefined {
  const charset = normalizeLabel(label);
  if (/^utf-?8$/.test(charset)) return Buffer.from(text.toWellFormed(), 'utf8');
  const name = ASCII_LABELS.has(charset) ? 'us-ascii' : charset;
  if (/^(?:unicode|utf-?7|_)/.test(name) || NOT_A_CHARSET.has(name) || !iconv.encodingExists(name))
    return undefined;
  if (replacement === '?') return iconv.encode(text.toWellFormed(), name);
  const characters = new Set(text);
  if (characters.size > MAX_TRIED) return undefined;
  const lacking = new Set(
    [...characters].filter((character) => iconv.decode(iconv.encode(character, name), name) !== character),
  );
  const known = Array.from(text, (character) => (lacking.has(character) ? replacement : character));
  return iconv.encode(known.join(''), name);
}

/** Text of header bytes given as latin1 code units: UTF-8 where valid (RFC 6532 §3.2), else latin1 as it is. */
export function decodeHeaderBytes(latin1: string): string {
  if (!/[\x80-\xff]/.test(latin1)) return latin1;
  const bytes = Buffer.from(latin1, 'latin1');
  return isUtf8(bytes) ? bytes.toString('utf8') : latin1;
}

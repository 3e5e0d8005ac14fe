import { asBuffer } from './charset.ts';
import type { Report } from './defects.ts';
import { decodeUuencoded } from './uuencode.ts';

const hexValue = (code: number): number => {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const upper = code & 0xdf;
  return upper >= 0x41 && upper <= 0x46 ? upper - 0x37 : -1;
};

/**
 * Undoes quoted-printable (RFC 2045 §6.7). White space at the end of lines is dropped, soft breaks may be LF or CRLF
 * and have white space before them; a `=` that begins no code stays. One pass.
 */
export function decodeQuotedPrintable(bytes: Uint8Array, report?: Report): Uint8Array {
  const out = Buffer.allocUnsafe(bytes.length);
  const size = bytes.length;
  let length = 0;
  // What of `out` stays when a line ends here: the literal white space behind it goes.
  let keep = 0;
  for (let i = 0; i < size; i++) {
    const code = bytes[i] ?? 0;
    if (code === 0x3d) {
      const high = hexValue(bytes[i + 1] ?? 0);
      const low = high < 0 ? -1 : hexValue(bytes[i + 2] ?? 0);
      if (low >= 0) {
        out[length++] = high * 16 + low;
        i += 2;
      } else {
        let end = i + 1;
        while (end < size && (bytes[end] === 0x20 || bytes[end] === 0x09)) end++;
        if (bytes[end] === 0x0d && bytes[end + 1] === 0x0a) end++;
        if (bytes[end] === 0x0a || end >= size) i = end;
        else {
          report?.('quoted-printable-syntax');
          out[length++] = code;
        }
      }
      keep = length;
    } else if (code === 0x0a || (code === 0x0d && bytes[i + 1] === 0x0a)) {
      length = keep;
      if (code === 0x0d) {
        out[length++] = code;
        i++;
      }
      out[length++] = 0x0a;
      keep = length;
    } else {
      out[length++] = code;
      if (code !== 0x20 && code !== 0x09) keep = length;
    }
  }
  return out.subarray(0, keep);
}

/**
 * Undoes base64 (RFC 2045 §6.8). Characters outside the alphabet are skipped; data after padding is decoded as a
 * further piece, as some senders join files and some readers go on.
 */
export function decodeBase64(bytes: Uint8Array, report?: Report): Uint8Array {
  const text = asBuffer(bytes).toString('latin1');
  const stray = /[^A-Za-z0-9+/=\s]/.test(text);
  if (stray) report?.('base64-characters');
  const padding = text.indexOf('=');
  if (padding < 0 && !stray) {
    const out = Buffer.from(text, 'base64');
    // Without padding the characters must come in fours: three bytes for each.
    if (out.length % 3 !== 0) report?.('base64-padding');
    return out;
  }
  // Node's decoder stops at the first "=" and takes the URL alphabet too, which is not part of this encoding.
  const clean = stray ? text.replace(/[^A-Za-z0-9+/=]+/g, '') : text;
  const first = clean.indexOf('=');
  if (first < 0) return Buffer.from(clean, 'base64');
  if (/^[=\s]*$/.test(clean.slice(first, first + 80)) && first + 80 >= clean.length) {
    const out = Buffer.from(clean.slice(0, first), 'base64');
    const pads = clean.slice(first).replace(/\s+/g, '').length;
    if (pads > 2 || (out.length + pads) % 3 !== 0) report?.('base64-padding');
    return out;
  }
  report?.('base64-padding');
  return decodePieces(clean);
}

/** Pieces of base64 between padding. Their number is that of the `=`, so they go into one buffer. */
function decodePieces(text: string): Uint8Array {
  const out = Buffer.allocUnsafe(Math.ceil((text.length * 3) / 4) + 3);
  let length = 0;
  let from = 0;
  while (from < text.length) {
    const next = text.indexOf('=', from);
    const to = next < 0 ? text.length : next;
    if (to > from) length += out.write(text.slice(from, to), length, 'base64');
    from = to + 1;
  }
  return out.subarray(0, length);
}

/** Encodings under which the bytes are the content (RFC 2045 §6.2). */
const IDENTITY = new Set(['7bit', '8bit', 'binary']);

/** True when the encoding leaves bytes as they are. */
export const isIdentityEncoding = (encoding: string): boolean => IDENTITY.has(encoding);

/** True for an encoding {@link decodeTransfer} undoes. */
export const isKnownEncoding = (encoding: string): boolean =>
  IDENTITY.has(encoding) || DECODERS.has(encoding);

const DECODERS: ReadonlyMap<string, (bytes: Uint8Array, report?: Report) => Uint8Array> = new Map([
  ['quoted-printable', decodeQuotedPrintable],
  ['base64', decodeBase64],
  ['x-uuencode', decodeUuencoded],
  ['x-uue', decodeUuencoded],
  ['uuencode', decodeUuencoded],
]);

/** Undoes a transfer encoding named in lower case; an identity or unknown one gives the same bytes back. */
export function decodeTransfer(bytes: Uint8Array, encoding: string, report?: Report): Uint8Array {
  return DECODERS.get(encoding)?.(bytes, report) ?? bytes;
}

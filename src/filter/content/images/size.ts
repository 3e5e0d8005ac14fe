import { bufferOf } from '../bytes.ts';
import type { Kind } from '../kinds.ts';

export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/** Bytes of a JPEG in which its frame header is looked for: previews and profiles stand before it. */
const MAX_JPEG_HEADER = 1024 * 1024;
/** Segments walked to it. */
const MAX_SEGMENTS = 500;

/** Width and height in pixels, as the header of a picture states them; undefined when it does not. */
export function imageSize(content: Uint8Array, kind: Kind): ImageSize | undefined {
  const bytes = bufferOf(content);
  const size = read(bytes, kind);
  return size !== undefined && size.width > 0 && size.height > 0 ? size : undefined;
}

function read(bytes: Buffer, kind: Kind): ImageSize | undefined {
  if (kind === 'jpeg') return jpegSize(bytes);
  if (bytes.length < 30) return undefined;
  if (kind === 'png') return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
  if (kind === 'gif') return { width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) };
  if (kind === 'bmp')
    return { width: Math.abs(bytes.readInt32LE(18)), height: Math.abs(bytes.readInt32LE(22)) };
  if (kind === 'webp') return webpSize(bytes);
  return undefined;
}

function jpegSize(bytes: Buffer): ImageSize | undefined {
  let at = 2;
  for (
    let segments = 0;
    at + 9 <= bytes.length && at < MAX_JPEG_HEADER && segments < MAX_SEGMENTS;
    segments++
  ) {
    if (bytes[at] !== 0xff) return undefined;
    const marker = bytes[at + 1] ?? 0;
    // Fill bytes before a marker.
    if (marker === 0xff) {
      at++;
      continue;
    }
    // Start of frame, of any coding; C4, C8 and CC are tables and reserved.
    if (marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc)
      return { height: bytes.readUInt16BE(at + 5), width: bytes.readUInt16BE(at + 7) };
    if (marker === 0xda || marker === 0xd9) return undefined;
    at += 2 + bytes.readUInt16BE(at + 2);
  }
  return undefined;
}

function webpSize(bytes: Buffer): ImageSize | undefined {
  const format = bytes.toString('latin1', 12, 16);
  if (format === 'VP8 ')
    return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff };
  if (format === 'VP8X') return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 };
  if (format !== 'VP8L') return undefined;
  const bits = bytes.readUInt32LE(21);
  return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
}

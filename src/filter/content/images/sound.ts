import { inflateSync } from 'node:zlib';
import { bufferOf } from '../bytes.ts';
import type { Kind } from '../kinds.ts';
import type { ImageSize } from './size.ts';

/** Passes over the picture that a progressive JPEG may take; real ones take ten or so, each costs time by the pixels. */
const MAX_SCANS = 32;
const SCAN = Buffer.from('ffda', 'hex');
/** Bytes of a pixel at most: four channels of 16 bits. */
const MAX_PIXEL = 8;
const MAX_CHUNKS = 10_000;

/** True when a picture takes no more work to decode than its size says, so that a decoder can be let at it. */
export function isSound(content: Uint8Array, kind: Kind, size: ImageSize): boolean {
  const bytes = bufferOf(content);
  if (kind === 'jpeg') return scans(bytes) <= MAX_SCANS;
  if (kind === 'png') return isPlainPng(bytes, size);
  return true;
}

function scans(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(SCAN); at >= 0 && count <= MAX_SCANS; at = bytes.indexOf(SCAN, at + 2)) count++;
  return count;
}

/** Unpacks the data of a PNG, which says nothing of their size, up to what its pixels can take. */
function isPlainPng(bytes: Buffer, { width, height }: ImageSize): boolean {
  const data: Buffer[] = [];
  let at = 8;
  for (let chunks = 0; at + 12 <= bytes.length && chunks < MAX_CHUNKS; chunks++) {
    const length = bytes.readUInt32BE(at);
    if (bytes.toString('latin1', at + 4, at + 8) === 'IDAT')
      data.push(bytes.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  try {
    // A byte a line for its filter, and seven passes when it is interlaced.
    inflateSync(Buffer.concat(data), { maxOutputLength: (width * MAX_PIXEL + 8) * height + 4096 });
    return true;
  } catch {
    return false;
  }
}

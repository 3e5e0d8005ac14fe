import { type Budget, unpack } from '../budget.ts';
import { bufferOf } from '../bytes.ts';
import type { PdfStream } from '../pdf/streams.ts';
import type { ImageSize } from './size.ts';

/** Size of a picture in a PDF, by its dictionary. */
export function pdfImageSize({ dictionary }: PdfStream): ImageSize | undefined {
  const width = /\/(?:Width|W)\s{1,10}(\d{1,6})\b/.exec(dictionary)?.[1];
  const height = /\/(?:Height|H)\s{1,10}(\d{1,6})\b/.exec(dictionary)?.[1];
  return width === undefined || height === undefined
    ? undefined
    : { width: Number(width), height: Number(height) };
}

/**
 * A picture of a PDF as a file that decoders take: a JPEG as it stands, or plain pixels of grey, RGB or black and white
 * as a PGM.
 * Undefined for other codings, of which codes are not made.
 */
export function pdfPicture(
  { dictionary, data }: PdfStream,
  size: ImageSize,
  budget: Budget,
): Uint8Array | undefined {
  const filters =
    dictionary.match(/\/(?:DCT|Flate|LZW|CCITTFax|JPX|JBIG2|RunLength|ASCII85|ASCIIHex)Decode\b/g) ?? [];
  if (filters.length === 1 && filters[0] === '/DCTDecode') return data;
  if (filters.length > 1 || (filters.length === 1 && filters[0] !== '/FlateDecode')) return undefined;
  // Differences to the line above are undone by a reader of PNG; here they are left out.
  if (/\/Predictor\s{1,10}(?:[2-9]|1\d)/.test(dictionary)) return undefined;
  const pixels = filters.length === 0 ? data : unpack(data, 'zlib', budget);
  if (typeof pixels === 'string') return undefined;
  return toPicture(bufferOf(pixels), dictionary, size);
}

function toPicture(pixels: Buffer, dictionary: string, { width, height }: ImageSize): Uint8Array | undefined {
  const bits = Number(/\/(?:BitsPerComponent|BPC)\s{1,10}(\d{1,2})/.exec(dictionary)?.[1] ?? 8);
  const isMask = /\/ImageMask\s{1,10}true/.test(dictionary);
  const depth = isMask ? 1 : bits;
  if (depth !== 1 && depth !== 8) return undefined;
  // The colour space is often named elsewhere; the amount of data tells it.
  const channels = depth === 8 && pixels.length >= width * height * 3 ? 3 : 1;
  const line = Math.ceil((width * depth * channels) / 8);
  if (pixels.length < line * height) return undefined;
  const head = Buffer.from(`P5\n${width} ${height}\n255\n`);
  const out = Buffer.alloc(head.length + width * height);
  let to = head.copy(out);
  for (let y = 0; y < height; y++)
    for (let x = 0; x < width; x++) {
      const at = y * line + (depth === 1 ? x >> 3 : x * channels);
      const first = pixels[at] ?? 0;
      if (depth === 1) out[to++] = ((first >> (7 - (x & 7))) & 1) * 255;
      else out[to++] = channels === 1 ? first : (first + (pixels[at + 1] ?? 0) + (pixels[at + 2] ?? 0)) / 3;
    }
  return out;
}

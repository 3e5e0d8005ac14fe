import { bufferOf } from '../bytes.ts';

/** A stream with the dictionary before it. */
export interface PdfStream {
  /** Number of the object it is. */
  readonly object: number;
  /** Text of the dictionary, one character a byte. */
  readonly dictionary: string;
  readonly data: Buffer;
}

export interface PdfPieces {
  /** What stands outside of streams, one character a byte. */
  readonly text: string;
  readonly streams: readonly PdfStream[];
  /** Not all of it was looked at. */
  readonly truncated: boolean;
}

const STREAM = Buffer.from('stream');
const END = Buffer.from('endstream');
/** Streams listed: a book of a thousand pages has some three thousand. */
const MAX_STREAMS = 10_000;
/** Characters outside of streams: objects and their table of places. */
const MAX_TEXT = 4 * 1024 * 1024;
/** Characters of a dictionary. */
const MAX_DICTIONARY = 8192;

/**
 * Takes a PDF apart into streams and the rest, by the key words alone: tables of places are not believed, as readers
 * repair files without them (ISO 32000-1, 7.3.8). Linear.
 */
export function pdfPieces(content: Uint8Array): PdfPieces {
  const bytes = bufferOf(content);
  const streams: PdfStream[] = [];
  const pieces: string[] = [];
  let length = 0;
  let at = 0;
  let truncated = false;
  while (at < bytes.length) {
    const word = nextStream(bytes, at);
    const end = word < 0 ? bytes.length : word;
    const piece = bytes.toString('latin1', at, Math.min(end, at + MAX_TEXT - length));
    pieces.push(piece);
    length += piece.length;
    if (length >= MAX_TEXT || streams.length >= MAX_STREAMS) {
      truncated = true;
      break;
    }
    if (word < 0) break;
    const start = word + STREAM.length + (bytes[word + STREAM.length] === 0x0d ? 2 : 1);
    const close = bytes.indexOf(END, start);
    const stop = close < 0 ? bytes.length : close;
    streams.push({ ...dictionaryBefore(piece), data: bytes.subarray(start, stop) });
    at = stop;
    // The key word itself ends in `stream`.
    if (close >= 0) at += END.length;
  }
  return { text: pieces.join('\n'), streams, truncated };
}

/** The next `stream` that begins one: an end of line follows it. */
function nextStream(bytes: Buffer, from: number): number {
  for (let at = bytes.indexOf(STREAM, from); at >= 0; at = bytes.indexOf(STREAM, at + 1)) {
    const after = bytes[at + STREAM.length];
    if (after === 0x0a || after === 0x0d) return at;
  }
  return -1;
}

function dictionaryBefore(text: string): { object: number; dictionary: string } {
  const tail = text.slice(-MAX_DICTIONARY);
  const start = tail.lastIndexOf(' obj');
  const object = /(\d{1,10})\s{1,5}\d{1,5}$/.exec(
    tail.slice(Math.max(0, start - 20), Math.max(0, start)),
  )?.[1];
  return { object: Number(object ?? -1), dictionary: start < 0 ? tail : tail.slice(start + 4) };
}

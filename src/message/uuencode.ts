import { asBuffer } from './charset.ts';
import type { Report } from './defects.ts';
import type { Range } from './types.ts';

/** A uuencoded file found in text; the range covers `begin` to `end` in the bytes it was looked for in. */
export interface UuencodedFile extends Range {
  /** As written on the `begin` line; never to be used as a path. */
  readonly name: string;
  readonly content: Uint8Array;
  /** The `end` line was there. */
  readonly complete: boolean;
}

const BEGIN = Buffer.from('begin ');
const BEGIN_LINE = /^begin ([0-7]{3,4}) ([^\r\n]{1,255}?)[ \t]*\r?$/;
/** Bytes of a begin line that are looked at. */
const MAX_BEGIN_LINE = 300;

/** Decodes one data line from `start`; bytes written, or -1 when the line is none. */
function decodeLine(bytes: Buffer, start: number, end: number, out: Buffer, at: number): number {
  const count = ((bytes[start] ?? 0x20) - 0x20) & 0x3f;
  const needed = Math.ceil(count / 3) * 4;
  // Trailing spaces are lost on the way and stand for zeros; a line with less than half of its data is none.
  if (end - start - 1 < needed / 2) return -1;
  let written = 0;
  for (let i = start + 1; written < count; i += 4) {
    let group = 0;
    for (let k = 0; k < 4; k++)
      group = (group << 6) | (((i + k < end ? (bytes[i + k] ?? 0x20) : 0x20) - 0x20) & 0x3f);
    for (let shift = 16; shift >= 0 && written < count; shift -= 8)
      out[at + written++] = (group >> shift) & 0xff;
  }
  return written;
}

/** Characters a data line may hold; anything else ends the file. */
const DATA_LINE = /^[\x20-\x60]+$/;

/** Reads the file whose `begin` line starts at `start`; undefined when it is no such line. */
function readFile(bytes: Buffer, start: number): UuencodedFile | undefined {
  const newline = bytes.indexOf(0x0a, start);
  if (newline < 0 || newline - start > MAX_BEGIN_LINE) return undefined;
  const begin = BEGIN_LINE.exec(bytes.toString('latin1', start, newline));
  if (begin === null) return undefined;
  let out: Buffer = Buffer.allocUnsafe(4096);
  let length = 0;
  let at = newline + 1;
  while (at < bytes.length) {
    const lf = bytes.indexOf(0x0a, at);
    const next = lf < 0 ? bytes.length : lf + 1;
    let end = lf < 0 ? bytes.length : lf;
    if (end > at && bytes[end - 1] === 0x0d) end--;
    // The longest line is a length character and 60 or 84 of data, and perhaps a checksum.
    if (end - at > 90) break;
    const line = bytes.toString('latin1', at, end);
    if (line.trimEnd() === 'end')
      return { start, end: next, name: begin[2] ?? '', content: out.subarray(0, length), complete: true };
    if (line === '' || line === '`' || line.trim() === '') {
      at = next;
      continue;
    }
    if (!DATA_LINE.test(line)) break;
    if (length + 64 > out.length) out = Buffer.concat([out], out.length * 2);
    const written = decodeLine(bytes, at, end, out, length);
    if (written < 0) break;
    length += written;
    at = next;
  }
  if (length === 0) return undefined;
  return { start, end: at, name: begin[2] ?? '', content: out.subarray(0, length), complete: false };
}

/**
 * Files uuencoded in a text (`begin 644 name` … `end`, at line starts). Linear; at most `limit` files. A file without
 * its `end` line, or broken off by other text, is given as far as it goes with `complete` false.
 */
export function findUuencoded(content: Uint8Array, limit = 100): readonly UuencodedFile[] {
  const bytes = asBuffer(content);
  const files: UuencodedFile[] = [];
  let at = bytes.indexOf(BEGIN);
  while (at >= 0 && files.length < limit) {
    const file = at === 0 || bytes[at - 1] === 0x0a ? readFile(bytes, at) : undefined;
    if (file !== undefined) files.push(file);
    at = bytes.indexOf(BEGIN, file?.end ?? at + BEGIN.length);
  }
  return files;
}

/** Content of a part whose transfer encoding is uuencode: its first file; as it stands when there is none. */
export function decodeUuencoded(bytes: Uint8Array, report?: Report): Uint8Array {
  const file = findUuencoded(bytes, 1)[0];
  if (file === undefined || !file.complete) report?.('uuencode-syntax');
  return file?.content ?? bytes;
}

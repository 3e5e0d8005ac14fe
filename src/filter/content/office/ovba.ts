/** Undoing the compression of macro sources (MS-OVBA 2.4.1). */

const SIGNATURE = 0x01;
const CHUNK_BYTES = 4096;

/**
 * Where a compressed module begins: the container's first byte, the header of a chunk, a byte of flags, and then the
 * line every module starts with, in plain letters as nothing before it could be repeated.
 */
const MODULE_START = Buffer.from('\0Attribut\0e ', 'latin1');
const BEFORE_START = 3;

/** The source of a module that stands somewhere in a stream, behind its compiled form; undefined when there is none. */
export function moduleSource(stream: Buffer, limit: number): Buffer | undefined {
  const at = stream.indexOf(MODULE_START);
  if (at < BEFORE_START || stream[at - BEFORE_START] !== SIGNATURE) return undefined;
  return decompress(stream.subarray(at - BEFORE_START), limit);
}

/** Undoes a compressed container, as far as it is one; at most `limit` bytes. */
function decompress(container: Buffer, limit: number): Buffer {
  const out = Buffer.alloc(Math.min(limit, container.length * 20) + CHUNK_BYTES);
  let length = 0;
  let at = 1;
  while (at + 2 <= container.length && length < limit) {
    const header = container.readUInt16LE(at);
    // Three bits that are always the same.
    if (((header >> 12) & 0x7) !== 0x3) break;
    const end = Math.min(container.length, at + (header & 0x0fff) + 3);
    const isPacked = (header & 0x8000) !== 0;
    if (length + CHUNK_BYTES > out.length) break;
    length = isPacked
      ? packedChunk(container, at + 2, end, out, length)
      : plainChunk(container, at + 2, out, length);
    at = isPacked ? end : at + 2 + CHUNK_BYTES;
  }
  return out.subarray(0, Math.min(length, limit));
}

function plainChunk(container: Buffer, at: number, out: Buffer, start: number): number {
  return start + container.copy(out, start, at, at + CHUNK_BYTES);
}

function packedChunk(container: Buffer, from: number, end: number, out: Buffer, start: number): number {
  let at = from;
  let length = start;
  const stop = start + CHUNK_BYTES;
  while (at < end && length < stop) {
    const flags = container[at++] ?? 0;
    for (let bit = 0; bit < 8 && at < end && length < stop; bit++) {
      if (((flags >> bit) & 1) === 0) {
        out[length++] = container[at++] ?? 0;
        continue;
      }
      if (at + 2 > end) return length;
      const token = container.readUInt16LE(at);
      at += 2;
      // The further into the chunk, the more bits of a token are needed for the distance (MS-OVBA 2.4.1.3.19.1).
      const distanceBits = Math.max(4, Math.ceil(Math.log2(length - start)));
      const lengthBits = 16 - distanceBits;
      const distance = (token >> lengthBits) + 1;
      const count = (token & ((1 << lengthBits) - 1)) + 3;
      if (distance > length - start) return length;
      for (let i = 0; i < count && length < stop; i++, length++) out[length] = out[length - distance] ?? 0;
    }
  }
  return length;
}

import { ProtocolError } from './types.ts';
import type { Packet } from './types.ts';

/**
 * Cuts a byte stream into packets, whatever pieces it comes in. A packet that lies in one piece is not copied: its
 * data is a view of the bytes that were pushed.
 */
export class PacketReader {
  readonly #maxLength: number;
  #chunks: Buffer[] = [];
  /** Bytes of the first chunk that are used up. */
  #offset = 0;
  #available = 0;

  /** `maxLength` is the highest length accepted in a packet's head (command byte and data). */
  constructor(maxLength: number) {
    this.#maxLength = maxLength;
  }

  /** Bytes that wait for the rest of their packet or to be taken. */
  get buffered(): number {
    return this.#available;
  }

  push(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#available += chunk.length;
  }

  /**
   * The next whole packet, or undefined until more bytes came.
   * @throws ProtocolError for a length of 0 or above the limit, before its data is waited for
   */
  next(): Packet | undefined {
    if (this.#available < 4) return undefined;
    const length = this.#peekLength();
    if (length === 0) throw new ProtocolError('packet of length 0');
    if (length > this.#maxLength)
      throw new ProtocolError(`packet of ${length} bytes, the limit is ${this.#maxLength}`);
    if (this.#available < 4 + length) return undefined;
    const bytes = this.#take(4 + length);
    return { code: String.fromCharCode(bytes[4] ?? 0), data: bytes.subarray(5) };
  }

  #peekLength(): number {
    const [first] = this.#chunks;
    if (first !== undefined && first.length - this.#offset >= 4) return first.readUInt32BE(this.#offset);
    let length = 0;
    let seen = 0;
    let offset = this.#offset;
    for (const chunk of this.#chunks) {
      for (; offset < chunk.length && seen < 4; offset++, seen++)
        length = length * 256 + (chunk[offset] ?? 0);
      if (seen === 4) break;
      offset = 0;
    }
    return length;
  }

  #take(count: number): Buffer {
    this.#available -= count;
    const [first] = this.#chunks;
    if (first !== undefined && first.length - this.#offset >= count) {
      const view = first.subarray(this.#offset, this.#offset + count);
      this.#offset += count;
      if (this.#offset === first.length) {
        this.#chunks.shift();
        this.#offset = 0;
      }
      return view;
    }
    const bytes = Buffer.allocUnsafe(count);
    let filled = 0;
    let used = 0;
    for (const chunk of this.#chunks) {
      const copied = chunk.copy(bytes, filled, this.#offset);
      filled += copied;
      if (this.#offset + copied < chunk.length) {
        this.#offset += copied;
        break;
      }
      this.#offset = 0;
      used++;
      if (filled === count) break;
    }
    this.#chunks = this.#chunks.slice(used);
    return bytes;
  }
}

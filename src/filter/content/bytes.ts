/** A view of the same bytes as a Buffer, without a copy. */
export const bufferOf = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/**
 * Reads numbers out of bytes that may end anywhere. Beyond the end it gives 0 and says so in `short`: a reader looks
 * once, after a whole structure, in place of asking before each number.
 */
export class Cursor {
  readonly bytes: Buffer;
  at: number;
  short = false;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bufferOf(bytes);
    this.at = at;
  }

  get left(): number {
    return Math.max(0, this.bytes.length - this.at);
  }

  u8(): number {
    return this.little(1);
  }

  u16(): number {
    return this.little(2);
  }

  u32(): number {
    return this.little(4);
  }

  /** Beyond 2^53 the value is not exact, which no bound of ours notices. */
  u64(): number {
    const low = this.little(4);
    return low + this.little(4) * 2 ** 32;
  }

  /** The next `length` bytes, fewer at the end; a view, not a copy. */
  take(length: number): Buffer {
    const end = Math.min(this.bytes.length, this.at + Math.max(0, length));
    if (end < this.at + length) this.short = true;
    const taken = this.bytes.subarray(this.at, end);
    this.at = Math.max(this.at, end);
    return taken;
  }

  skip(length: number): void {
    this.at += Math.max(0, length);
    if (this.at > this.bytes.length) this.short = true;
  }

  private little(length: number): number {
    if (this.at < 0 || this.at + length > this.bytes.length) {
      this.short = true;
      this.at += length;
      return 0;
    }
    const value = this.bytes.readUIntLE(this.at, length);
    this.at += length;
    return value;
  }
}

/** Octets a line begins with: most commands have fewer. */
const FIRST = 256;
const NOTHING = Buffer.alloc(0);

/**
 * The beginning of a line whose end has not come. One buffer, however many pieces it came in: a client that sends its
 * octets one by one takes no more memory than another.
 */
export class LineBuffer {
  #octets: Buffer = NOTHING;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** What is held, until something is added. */
  get octets(): Buffer {
    return this.#octets.subarray(0, this.#length);
  }

  add(piece: Buffer): void {
    const length = this.#length + piece.length;
    if (length > this.#octets.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(length, 2 * this.#octets.length, FIRST));
      this.#octets.copy(larger, 0, 0, this.#length);
      this.#octets = larger;
    }
    piece.copy(this.#octets, this.#length);
    this.#length = length;
  }

  /** Nothing is held any more; the memory of a short line serves for the next. */
  clear(): void {
    this.#length = 0;
    if (this.#octets.length > FIRST) this.#octets = NOTHING;
  }
}

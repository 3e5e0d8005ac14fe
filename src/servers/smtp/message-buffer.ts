/** First allocation: most mail is smaller than two of these. */
export const FIRST_CAPACITY = 32 * 1024;
/** Memory that may stay unused behind a message, as a part of its size, before it is worth a copy to free it. */
const SLACK = 0.25;

/**
 * A message while it comes in, in shared memory so that the scanning worker reads it without a copy. Grows by
 * doubling; a client that sends one octet at a time costs no more than one that sends all at once.
 */
export class MessageBuffer {
  #bytes = new Uint8Array(new SharedArrayBuffer(FIRST_CAPACITY));
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Octets of memory it has once a piece of this length is appended. */
  capacityWith(piece: number): number {
    const length = this.#length + piece;
    return length > this.#bytes.length ? Math.max(length, this.#bytes.length * 2) : this.#bytes.length;
  }

  append(piece: Uint8Array): void {
    const length = this.#length + piece.length;
    const capacity = this.capacityWith(piece.length);
    if (capacity > this.#bytes.length) this.#resize(capacity);
    this.#bytes.set(piece, this.#length);
    this.#length = length;
  }

  /** The message. Nothing may be appended after this. */
  finish(): Uint8Array {
    if (this.#bytes.length - this.#length > this.#length * SLACK) this.#resize(this.#length);
    return this.#bytes.subarray(0, this.#length);
  }

  #resize(capacity: number): void {
    const bigger = new Uint8Array(new SharedArrayBuffer(capacity));
    bigger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = bigger;
  }
}

import { randomFillSync } from 'node:crypto';

/** Asking the system for a few octets costs as much as for some hundred. */
const STOCK = 2_048;

/** Fills an array with octets nobody can foresee. */
export type Random = (octets: Uint8Array) => void;

/** Random octets in small portions. */
export class Entropy {
  readonly #fill: Random;
  readonly #stock = new Uint8Array(STOCK);
  #at = STOCK;

  constructor(fill: Random = randomFillSync) {
    this.#fill = fill;
  }

  /** Up to {@link STOCK} octets; they are the caller's until the next call. */
  take(count: number): Uint8Array {
    if (this.#at + count > STOCK) {
      this.#fill(this.#stock);
      this.#at = 0;
    }
    this.#at += count;
    return this.#stock.subarray(this.#at - count, this.#at);
  }

  u16(): number {
    const [high = 0, low = 0] = this.take(2);
    return (high << 8) | low;
  }
}

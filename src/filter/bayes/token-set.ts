/**
 * Tokens of one message: 64-bit hashes without doubles, in the order found. Reused from message to message, so that
 * scanning makes no garbage.
 */
export class TokenSet {
  /** Tokens it takes; what comes later is left out. */
  readonly limit: number;
  /** Two words a token: low, high. */
  readonly words: Uint32Array;
  /** Open addressing over the tokens: their index + 1, 0 for free. */
  readonly #slots: Uint16Array;
  readonly #mask: number;
  #size = 0;
  #truncated = false;

  /** `limit` is at most 32,767. */
  constructor(limit: number) {
    this.limit = limit;
    this.words = new Uint32Array(limit * 2);
    this.#mask = 2 ** Math.ceil(Math.log2(limit * 2)) - 1;
    this.#slots = new Uint16Array(this.#mask + 1);
  }

  get size(): number {
    return this.#size;
  }

  /** Tokens were left out. */
  get truncated(): boolean {
    return this.#truncated;
  }

  clear(): void {
    this.#slots.fill(0);
    this.#size = 0;
    this.#truncated = false;
  }

  /** False when it was there already, or there is no room. */
  add(low: number, high: number): boolean {
    const { words } = this;
    const one = low >>> 0;
    const two = high >>> 0;
    for (let slot = one & this.#mask; ; slot = (slot + 1) & this.#mask) {
      const index = this.#slots[slot] ?? 0;
      if (index === 0) {
        if (this.#size === this.limit) {
          this.#truncated = true;
          return false;
        }
        words[this.#size * 2] = one;
        words[this.#size * 2 + 1] = two;
        this.#slots[slot] = ++this.#size;
        return true;
      }
      if (words[index * 2 - 2] === one && words[index * 2 - 1] === two) return false;
    }
  }

  /** A copy that stays. */
  toArray(): BigUint64Array<ArrayBuffer> {
    return new BigUint64Array(this.words.slice(0, this.#size * 2).buffer);
  }
}

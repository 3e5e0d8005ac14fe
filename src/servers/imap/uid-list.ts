import type { UidList } from './types.ts';

/** UIDs in ascending order, by their sequence numbers. */
export class UidArray implements UidList {
  #uids: Uint32Array;
  #length: number;

  constructor(uids: Uint32Array) {
    this.#uids = uids;
    this.#length = uids.length;
  }

  get length(): number {
    return this.#length;
  }

  /** The last UID; 0 for none. */
  get last(): number {
    return this.#length === 0 ? 0 : (this.#uids[this.#length - 1] ?? 0);
  }

  at(sequence: number): number | undefined {
    return sequence >= 1 && sequence <= this.#length ? this.#uids[sequence - 1] : undefined;
  }

  sequence(uid: number): number {
    const at = this.#lowerBound(uid);
    return at < this.#length && this.#uids[at] === uid ? at + 1 : 0;
  }

  between(first: number, last: number): readonly [number, number] | undefined {
    const low = this.#lowerBound(first);
    const high = last === Infinity ? this.#length : this.#lowerBound(last + 1);
    return low < high ? [low + 1, high] : undefined;
  }

  toArray(): Uint32Array {
    return this.#uids.slice(0, this.#length);
  }

  *[Symbol.iterator](): Iterator<number> {
    for (let at = 0; at < this.#length; at++) yield this.#uids[at] ?? 0;
  }

  /** Those beyond the last, ascending. */
  append(uids: readonly number[]): void {
    const length = this.#length + uids.length;
    if (length > this.#uids.length) {
      const larger = new Uint32Array(Math.max(length, Math.ceil(this.#uids.length * 1.5)));
      larger.set(this.#uids.subarray(0, this.#length));
      this.#uids = larger;
    }
    this.#uids.set(uids, this.#length);
    this.#length = length;
  }

  /** One pass over the list, however many go. */
  remove(uids: ReadonlySet<number>): void {
    let kept = 0;
    for (let at = 0; at < this.#length; at++) {
      const uid = this.#uids[at] ?? 0;
      if (!uids.has(uid)) this.#uids[kept++] = uid;
    }
    this.#length = kept;
  }

  #lowerBound(uid: number): number {
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#uids[middle] ?? 0) < uid) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

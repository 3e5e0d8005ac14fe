/**
 * Counts by token in memory that all threads see: how many learned messages of spam and of ham held it, and the day it
 * was learned last. Any thread reads, one writes. Open addressing with linear probing; an entry is 16 octets: the
 * token's two words, then spam and ham of 24 bits each with 8 bits of the day above either.
 *
 * A reader may meet the writer in the middle of an entry. It then sees the old or the new count of one class, or misses
 * one token of hundreds: no harm to a probability, so there are no locks. A new entry's token is written last.
 */

const ENTRY_WORDS = 4;
/** Words before the entries: the first is their number. */
const HEAD_WORDS = 4;
const MOST = 0xff_ffff;
/** Above this share of full slots probes get long: the table must be swept. */
const FULL = 0.8;
/** Longest walk of a reader: at {@link FULL} the mean is 13 for a token that is not there. */
const MAX_PROBES = 512;

/** Shared-memory size for so many entries. */
export const tableBytes = (slots: number): number => (HEAD_WORDS + slots * ENTRY_WORDS) * 4;

export class TokenCounts {
  readonly memory: SharedArrayBuffer;
  readonly #words: Uint32Array;
  readonly #mask: number;

  /** On memory of {@link tableBytes}; the number of slots is a power of two. New memory is an empty table. */
  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.#words = new Uint32Array(memory);
    const slots = (this.#words.length - HEAD_WORDS) / ENTRY_WORDS;
    if (slots < 1 || !Number.isInteger(Math.log2(slots))) throw new RangeError('no table of token counts');
    this.#mask = slots - 1;
  }

  /** An empty table of so many octets of entries, or the power of two below. */
  static create(bytes: number): TokenCounts {
    const slots = 2 ** Math.floor(Math.log2(Math.max(bytes, 64) / (ENTRY_WORDS * 4)));
    return new TokenCounts(new SharedArrayBuffer(tableBytes(slots)));
  }

  get slots(): number {
    return this.#mask + 1;
  }

  get size(): number {
    return this.#words[0] ?? 0;
  }

  /** No further token is taken until a sweep has made room. */
  get isFull(): boolean {
    return this.size >= this.slots * FULL;
  }

  /** Index of the token's entry, for {@link spam}, {@link ham} and {@link day}; -1 when it is not there. */
  find(low: number, high: number): number {
    const words = this.#words;
    let slot = low & this.#mask;
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      const at = HEAD_WORDS + slot * ENTRY_WORDS;
      const one = words[at] ?? 0;
      const two = words[at + 1] ?? 0;
      if (one === low && two === high) return at;
      if (one === 0 && two === 0) return -1;
      slot = (slot + 1) & this.#mask;
    }
    return -1;
  }

  spam(entry: number): number {
    return (this.#words[entry + 2] ?? 0) & MOST;
  }

  ham(entry: number): number {
    return (this.#words[entry + 3] ?? 0) & MOST;
  }

  /** Days since the epoch, modulo 65,536, that the token was learned last. */
  day(entry: number): number {
    return ((this.#words[entry + 2] ?? 0) >>> 24) | (((this.#words[entry + 3] ?? 0) >>> 24) << 8);
  }

  /**
   * Adds to the counts of a token; they stay between 0 and 2^24 - 1. False when the token is new and there is no room.
   * For the one writer.
   */
  add(low: number, high: number, spam: number, ham: number, day: number): boolean {
    const found = this.find(low, high);
    if (found >= 0) {
      this.#put(found, this.spam(found) + spam, this.ham(found) + ham, day);
      return true;
    }
    if (spam <= 0 && ham <= 0) return true;
    return this.set(low, high, spam, ham, day);
  }

  /** Puts the counts of a token. False when there is no room. For the one writer. */
  set(low: number, high: number, spam: number, ham: number, day: number): boolean {
    const found = this.find(low, high);
    if (found >= 0) {
      this.#put(found, spam, ham, day);
      return true;
    }
    if (this.isFull || (low === 0 && high === 0)) return false;
    const words = this.#words;
    let slot = low & this.#mask;
    for (let probe = 0; probe < MAX_PROBES; probe++) {
      const at = HEAD_WORDS + slot * ENTRY_WORDS;
      if (words[at] === 0 && words[at + 1] === 0) {
        this.#put(at, spam, ham, day);
        Atomics.store(words, at + 1, high);
        Atomics.store(words, at, low);
        Atomics.add(words, 0, 1);
        return true;
      }
      slot = (slot + 1) & this.#mask;
    }
    return false;
  }

  #put(at: number, spam: number, ham: number, day: number): void {
    this.#words[at + 2] = clamp(spam) | ((day & 0xff) << 24);
    this.#words[at + 3] = clamp(ham) | (((day >>> 8) & 0xff) << 24);
  }

  /** A copy of all entries, four words each: token, spam and ham with the day. */
  dump(): Uint32Array<ArrayBuffer> {
    const words = this.#words;
    const copy = new Uint32Array(this.size * ENTRY_WORDS);
    let length = 0;
    for (let at = HEAD_WORDS; at < words.length; at += ENTRY_WORDS) {
      if (words[at] === 0 && words[at + 1] === 0) continue;
      for (let word = 0; word < ENTRY_WORDS; word++) copy[length++] = words[at + word] ?? 0;
    }
    return copy.subarray(0, length);
  }

  /** Takes entries of {@link dump} in; false when not all found room. For the one writer. */
  load(entries: Uint32Array): boolean {
    let all = true;
    for (let at = 0; at < entries.length; at += ENTRY_WORDS) {
      const spam = entries[at + 2] ?? 0;
      const ham = entries[at + 3] ?? 0;
      const day = (spam >>> 24) | ((ham >>> 24) << 8);
      all = this.set(entries[at] ?? 0, entries[at + 1] ?? 0, spam & MOST, ham & MOST, day) && all;
    }
    return all;
  }

  /** Visits the counts of all entries. */
  each(visit: (spam: number, ham: number, day: number) => void): void {
    const words = this.#words;
    for (let at = HEAD_WORDS; at < words.length; at += ENTRY_WORDS)
      if (words[at] !== 0 || words[at + 1] !== 0) visit(this.spam(at), this.ham(at), this.day(at));
  }

  /** Entries, as token and counts, in the order of the slots. */
  *entries(): Generator<{ low: number; high: number; spam: number; ham: number; day: number }> {
    const words = this.#words;
    for (let at = HEAD_WORDS; at < words.length; at += ENTRY_WORDS) {
      const low = words[at] ?? 0;
      const high = words[at + 1] ?? 0;
      if (low !== 0 || high !== 0)
        yield { low, high, spam: this.spam(at), ham: this.ham(at), day: this.day(at) };
    }
  }

  /**
   * Removes every entry that `keep` refuses, in place: readers go on meanwhile, and may miss tokens until it is done.
   * Returns how many went. For the one writer.
   */
  sweep(keep: (spam: number, ham: number, day: number) => boolean): number {
    const words = this.#words;
    const before = this.size;
    const all = this.dump();
    words.fill(0);
    let left = 0;
    for (let from = 0; from < all.length; from += ENTRY_WORDS) {
      const counts = all[from + 2] ?? 0;
      const others = all[from + 3] ?? 0;
      if (!keep(counts & MOST, others & MOST, (counts >>> 24) | ((others >>> 24) << 8))) continue;
      let slot = (all[from] ?? 0) & this.#mask;
      let at = HEAD_WORDS + slot * ENTRY_WORDS;
      while (words[at] !== 0 || words[at + 1] !== 0) {
        slot = (slot + 1) & this.#mask;
        at = HEAD_WORDS + slot * ENTRY_WORDS;
      }
      for (let word = ENTRY_WORDS - 1; word >= 0; word--) words[at + word] = all[from + word] ?? 0;
      left++;
    }
    Atomics.store(words, 0, left);
    return before - left;
  }
}

const clamp = (count: number): number => Math.min(Math.max(count, 0), MOST);

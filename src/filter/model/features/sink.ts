import { MAX_FEATURES } from '../limits.ts';
import { KINDS, type Features, type Kind } from '../types.ts';

/** A power of two, more than twice {@link MAX_FEATURES}: a free place is found within a few steps. */
const PLACES = 32_768;

/**
 * Collects hashes without doubles, kind by kind. One is used for all messages of a thread: a table of this size is not
 * made anew for each.
 */
export class FeatureSink {
  private readonly places = new Int32Array(PLACES);
  /** The message a place was written for. */
  private readonly stamps = new Int32Array(PLACES);
  private readonly hashes = new Int32Array(MAX_FEATURES);
  private stamp = 0;
  private count = 0;
  private ends: number[] = [];
  private salt = 0;

  /** Begins a message. */
  clear(): void {
    this.stamp = (this.stamp + 1) | 0;
    if (this.stamp === 0) {
      // After four billion messages old stamps would count again.
      this.stamps.fill(0);
      this.stamp = 1;
    }
    this.count = 0;
    this.ends = [];
    this.salt = 0;
  }

  /** Begins a kind; they come in the order of KINDS. */
  begin(kind: Kind): void {
    const index = KINDS.indexOf(kind);
    while (this.ends.length < index) this.ends.push(this.count);
    this.salt = Math.imul(index + 1, 0x9e3779b1);
  }

  add(hash: number): void {
    if (this.count >= MAX_FEATURES) return;
    const key = mix(hash ^ this.salt);
    let place = key & (PLACES - 1);
    while (this.stamps[place] === this.stamp) {
      if (this.places[place] === key) return;
      place = (place + 1) & (PLACES - 1);
    }
    this.stamps[place] = this.stamp;
    this.places[place] = key;
    this.hashes[this.count++] = key;
  }

  /**
   * Each pair of features of the last `kinds` kinds, as a kind of its own: what is odd is often two common things that do
   * not go together.
   */
  cross(kinds: number): void {
    const from = this.ends.at(-kinds) ?? 0;
    this.begin('crosses');
    const to = this.count;
    for (let one = from; one < to; one++)
      for (let other = one + 1; other < to; other++) {
        const first = this.hashes[one] ?? 0;
        const second = this.hashes[other] ?? 0;
        this.add(Math.imul(first ^ second, 0x85ebca6b) ^ (first + second));
      }
  }

  /** A feature with a name, for those that are not words. */
  name(name: string): void {
    this.add(hashText(name));
  }

  end(): Features {
    while (this.ends.length < KINDS.length) this.ends.push(this.count);
    return { hashes: this.hashes.slice(0, this.count), ends: this.ends };
  }
}

export const HASH_START = 0x811c9dc5 | 0;

/** A step of FNV-1a over UTF-16 code units. */
export const hashStep = (hash: number, code: number): number => Math.imul(hash ^ code, 0x01000193);

export function hashText(text: string): number {
  let hash = HASH_START;
  for (let index = 0; index < text.length; index++) hash = hashStep(hash, text.charCodeAt(index));
  return hash;
}

/** Spreads what differs in high bits over the low ones. */
function mix(hash: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/** Places at first; doubled whenever half of them are taken. */
const FIRST = 1 << 16;
/** Spreads hashes over the places; those of neighbouring slots are no neighbours then. */
const SPREAD = 0x9e3779b1;

/** How often and where each feature was found: millions of them, so a table of its own in place of a Map of objects. */
export class FeatureCounts {
  private hashes = new Int32Array(FIRST);
  private messages = new Int32Array(FIRST);
  private sources = new Int32Array(FIRST);
  private kinds = new Uint8Array(FIRST);
  private taken = 0;

  /** Counts a message with the feature; `source` is a bit. */
  add(hash: number, source: number, kind: number): void {
    const place = this.placeOf(hash);
    if (this.messages[place] === 0) {
      this.hashes[place] = hash;
      this.kinds[place] = kind;
      this.taken++;
    }
    this.messages[place]!++;
    this.sources[place]! |= source;
    if (this.taken * 2 > this.hashes.length) this.grow();
  }

  /** In an order that depends on nothing but what was added. */
  each(visit: (hash: number, messages: number, sources: number, kind: number) => void): void {
    for (let place = 0; place < this.hashes.length; place++)
      if (this.messages[place] !== 0)
        visit(this.hashes[place]!, this.messages[place]!, this.sources[place]!, this.kinds[place]!);
  }

  private placeOf(hash: number): number {
    const last = this.hashes.length - 1;
    let place = (Math.imul(hash, SPREAD) >>> 7) & last;
    while (this.messages[place] !== 0 && this.hashes[place] !== hash) place = (place + 1) & last;
    return place;
  }

  private grow(): void {
    const { hashes, messages, sources, kinds } = this;
    const size = hashes.length * 2;
    this.hashes = new Int32Array(size);
    this.messages = new Int32Array(size);
    this.sources = new Int32Array(size);
    this.kinds = new Uint8Array(size);
    for (let old = 0; old < hashes.length; old++) {
      if (messages[old] === 0) continue;
      const place = this.placeOf(hashes[old]!);
      this.hashes[place] = hashes[old]!;
      this.messages[place] = messages[old]!;
      this.sources[place] = sources[old]!;
      this.kinds[place] = kinds[old]!;
    }
  }
}

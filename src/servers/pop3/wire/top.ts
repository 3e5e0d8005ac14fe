const LF = 0x0a;
const CR = 0x0d;

/** Finds the end of the header and so many lines of the body (RFC 1939 §7, TOP) in chunks. */
export class TopCutter {
  #lines: number;
  #inHeader = true;
  /** What the line has so far, of an earlier chunk. */
  #held: 'nothing' | 'CR' | 'text' = 'nothing';

  /** `lines` of the body. */
  constructor(lines: number) {
    this.#lines = lines;
  }

  /** Octets of the chunk that belong to it; fewer than the chunk's, or the chunk's and `done`, at the end. */
  cut(chunk: Buffer): { readonly octets: Buffer; readonly done: boolean } {
    let from = 0;
    for (let at = chunk.indexOf(LF); at !== -1; at = chunk.indexOf(LF, from)) {
      const lone = at === from + 1 && chunk[from] === CR;
      const empty = at === from ? this.#held !== 'text' : lone && this.#held === 'nothing';
      from = at + 1;
      this.#held = 'nothing';
      if (!this.#inHeader) this.#lines--;
      else if (empty) this.#inHeader = false;
      if (!this.#inHeader && this.#lines <= 0) return { octets: chunk.subarray(0, from), done: true };
    }
    const rest = chunk.length - from;
    if (rest > 0) this.#held = rest === 1 && chunk[from] === CR && this.#held === 'nothing' ? 'CR' : 'text';
    return { octets: chunk, done: false };
  }
}

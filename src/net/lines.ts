/** A line was longer than its reader allows. */
export class LineTooLong extends Error {}

/**
 * Cuts a byte stream into lines that end in LF, a CR before it dropped. Holds at most `limit` octets of an unfinished
 * line; how the stream was cut into chunks makes no difference. Bytes after the last line stay inside until the rest
 * comes.
 */
export class LineReader {
  readonly #limit: number;
  #held: Buffer[] = [];
  #heldBytes = 0;

  /** `limit` in octets, the line ending not counted. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Octets of an unfinished line. */
  get pending(): number {
    return this.#heldBytes;
  }

  /** The lines this chunk completes, as latin1 so that no byte is lost. Throws {@link LineTooLong}. */
  push(chunk: Buffer): string[] {
    const lines: string[] = [];
    let start = 0;
    for (let end = chunk.indexOf(0x0a); end !== -1; end = chunk.indexOf(0x0a, start)) {
      lines.push(this.#line(chunk.subarray(start, end)));
      start = end + 1;
    }
    if (start < chunk.length) this.#hold(chunk.subarray(start));
    return lines;
  }

  #line(last: Buffer): string {
    const whole = this.#heldBytes === 0 ? last : Buffer.concat([...this.#held, last]);
    this.#held = [];
    this.#heldBytes = 0;
    const line = whole.at(-1) === 0x0d ? whole.subarray(0, -1) : whole;
    if (line.length > this.#limit) throw new LineTooLong(`line of more than ${this.#limit} octets`);
    return line.toString('latin1');
  }

  #hold(rest: Buffer): void {
    this.#heldBytes += rest.length;
    // One more than the limit: the CR of the line ending may be among them.
    if (this.#heldBytes > this.#limit + 1) throw new LineTooLong(`line of more than ${this.#limit} octets`);
    // A copy, so that a byte or two do not keep the chunk they came in.
    this.#held.push(Buffer.from(rest));
  }
}

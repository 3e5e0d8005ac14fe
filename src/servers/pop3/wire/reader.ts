/** The client has sent what cannot be read over: the connection is of no use any more. */
export class UnreadableError extends Error {}

/**
 * Cuts the octets of a client into lines; how they were cut into chunks makes no difference. A bare LF ends a line, too:
 * people type commands.
 */
export class LineReader {
  readonly #limit: number;
  #input: Buffer = Buffer.alloc(0);
  /** Octets of `#input` in which no line ends. */
  #searched = 0;

  /** `limit`: octets of a line. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether a line has begun. */
  get busy(): boolean {
    return this.#input.length > 0;
  }

  /** To be called when {@link next} has no more lines. */
  push(chunk: Buffer): void {
    this.#input = this.#input.length === 0 ? chunk : Buffer.concat([this.#input, chunk]);
  }

  /** Forgets what has come and was not asked for. */
  clear(): void {
    this.#input = Buffer.alloc(0);
    this.#searched = 0;
  }

  /** The next whole line without its end, read as UTF-8; undefined when more is needed. Throws {@link UnreadableError}. */
  next(): string | undefined {
    const end = this.#input.indexOf(0x0a, this.#searched);
    if ((end === -1 ? this.#input.length : end) > this.#limit)
      throw new UnreadableError(`A line has more than ${this.#limit} octets`);
    if (end === -1) {
      this.#searched = this.#input.length;
      return undefined;
    }
    const line = this.#input.toString('utf8', 0, end > 0 && this.#input[end - 1] === 0x0d ? end - 1 : end);
    // An empty rest would keep the chunk that it is of.
    this.#input = end + 1 === this.#input.length ? Buffer.alloc(0) : this.#input.subarray(end + 1);
    this.#searched = 0;
    return line;
  }
}

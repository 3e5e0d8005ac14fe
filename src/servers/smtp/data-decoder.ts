import type { MemoryShare } from '../../net/memory-budget.ts';
import { MessageBuffer } from './message-buffer.ts';

/**
 * The message after DATA (RFC 5321 §4.1.1.4, §4.5.2): leading dots undone, the end found.
 *
 * Only `<CRLF>.<CRLF>` ends it (for an empty message `.<CRLF>` at once), and only a dot after CRLF is a leading dot. A
 * LF without CR or a CR without LF (RFC 5321 §2.3.8 forbids both) never counts as the end of a line: two servers that
 * differ over that see different messages in the same bytes, which is how mail is smuggled past the first of them. It
 * is noted in the result, for the session to refuse.
 */
export interface DataLimits {
  /** Octets of the message; the rest is read and dropped. */
  size: number;
  /** Octets of a line without its CRLF; 0: any. */
  line: number;
  /** What the message may take of the memory of all; without it, as much as `size`. */
  memory?: MemoryShare;
  /** What becomes of a bare CR or LF: kept as it is, or made CRLF. */
  bare: 'keep' | 'normalise';
}

/** What came between DATA and the end. */
export interface DecodedData {
  raw: Uint8Array;
  /** Octets of the message, also those that were dropped. */
  size: number;
  tooLarge: boolean;
  /** There was no memory left for it. */
  noRoom: boolean;
  lineTooLong: boolean;
  bareLf: boolean;
  bareCr: boolean;
}

const CR = 0x0d;
const LF = 0x0a;
const DOT = 0x2e;
const CRLF = Buffer.from('\r\n');

export class DataDecoder {
  readonly #limits: DataLimits;
  #message = new MessageBuffer();
  #size = 0;
  #line = 0;
  /** Bytes of a line ending or dot that are not decided yet: at the start of a line '', '.', '.\r'; in it '' or '\r'. */
  #held: 'start' | 'start.' | 'start.\r' | 'text' | 'text\r' = 'start';
  /** Where the next LF of the chunk is, looked for once: a chunk full of CRs must not be searched from each of them. */
  #nextLf = -1;
  #tooLarge = false;
  #noRoom = false;
  #lineTooLong = false;
  #bareLf = false;
  #bareCr = false;
  #result: DecodedData | undefined;

  constructor(limits: DataLimits) {
    this.#limits = limits;
  }

  /** Set when the end was seen. */
  get result(): DecodedData | undefined {
    return this.#result;
  }

  /** Takes the next bytes and returns how many of them belong to the message and its end. */
  push(chunk: Buffer): number {
    let at = 0;
    this.#nextLf = -1;
    while (at < chunk.length && this.#result === undefined) at = this.#step(chunk, at);
    return at;
  }

  #step(chunk: Buffer, at: number): number {
    const byte = chunk[at];
    switch (this.#held) {
      case 'start':
        if (byte !== DOT) return this.#text(chunk, at);
        this.#held = 'start.';
        return at + 1;
      case 'start.':
        if (byte !== CR) {
          // The stuffed dot is gone; what follows it is text, also another dot.
          this.#held = 'text';
          return this.#text(chunk, at);
        }
        this.#held = 'start.\r';
        return at + 1;
      case 'start.\r':
        if (byte === LF) {
          this.#finish();
          return at + 1;
        }
        // `.` CR and something else: a dot that was stuffed, then a bare CR.
        this.#bareCarriageReturn();
        return at;
      case 'text':
        return this.#text(chunk, at);
      case 'text\r':
        if (byte === LF) {
          this.#endLine();
          return at + 1;
        }
        this.#bareCarriageReturn();
        return at;
    }
  }

  /** Octets up to the next CR or LF. */
  #text(chunk: Buffer, at: number): number {
    this.#held = 'text';
    if (this.#nextLf < at) this.#nextLf = indexOrEnd(chunk, LF, at);
    const lf = this.#nextLf;
    // Nearly every CR stands right before that LF, so the search for one ends there.
    const cr =
      chunk[lf - 1] === CR && lf > at
        ? this.#firstCr(chunk, at, lf)
        : indexOrEnd(chunk.subarray(0, lf), CR, at);
    const end = Math.min(lf, cr);
    if (end > at) this.#append(chunk.subarray(at, end));
    if (end === chunk.length) return end;
    if (cr < lf) {
      if (end + 1 < chunk.length && chunk[end + 1] === LF) {
        this.#endLine();
        return end + 2;
      }
      this.#held = 'text\r';
      return end + 1;
    }
    this.#bareLf = true;
    this.#lineEnding(chunk.subarray(end, end + 1));
    return end + 1;
  }

  #firstCr(chunk: Buffer, at: number, lf: number): number {
    const cr = chunk.indexOf(CR, at);
    return cr === -1 ? lf : cr;
  }

  #endLine(): void {
    this.#append(CRLF, true);
    this.#held = 'start';
  }

  /** The CR that was held is no part of a CRLF. The byte after it is looked at again. */
  #bareCarriageReturn(): void {
    this.#bareCr = true;
    this.#held = 'text';
    this.#lineEnding(CRLF.subarray(0, 1));
  }

  #lineEnding(bare: Buffer): void {
    this.#append(this.#limits.bare === 'normalise' ? CRLF : bare, this.#limits.bare === 'normalise');
  }

  #append(piece: Buffer, endsLine = false): void {
    this.#line = endsLine ? 0 : this.#line + piece.length;
    if (this.#limits.line > 0 && this.#line > this.#limits.line) this.#lineTooLong = true;
    this.#size += piece.length;
    if (this.#size > this.#limits.size) this.#tooLarge = true;
    if (this.#limits.memory?.grow(this.#message.capacityWith(piece.length)) === false) this.#noRoom = true;
    // What will be refused anyway need not be kept.
    if (!this.#tooLarge && !this.#noRoom) this.#message.append(piece);
    else if (this.#message.length > 0) this.#message = new MessageBuffer();
  }

  #finish(): void {
    this.#result = {
      raw: this.#message.finish(),
      size: this.#size,
      tooLarge: this.#tooLarge,
      noRoom: this.#noRoom,
      lineTooLong: this.#lineTooLong,
      bareLf: this.#bareLf,
      bareCr: this.#bareCr,
    };
  }
}

function indexOrEnd(bytes: Buffer, byte: number, from: number): number {
  const index = bytes.indexOf(byte, from);
  return index === -1 ? bytes.length : index;
}

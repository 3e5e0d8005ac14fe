import { type MemoryShare, unbounded } from '../../net/memory-budget.ts';
import { STEPS } from './wire/constants.ts';

/** Pieces below this are gathered in blocks, so that a header of many short fields is not many small objects. */
const SMALL = 4096;
const BLOCK = 64 * 1024;

const COLON = Buffer.from(':');
const COLON_SPACE = Buffer.from(': ');
const CRLF = Buffer.from('\r\n');
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;

/**
 * Puts a message together again from what a milter is shown of it, as it was on the wire as far as the protocol lets
 * one know: header lines as RFC 5322 §2.2 has them, an empty line, the body's own bytes.
 */
export class RawMessage {
  readonly #maxBytes: number;
  readonly #leadingSpace: boolean;
  #pieces: Buffer[] = [];
  #block: Buffer | undefined;
  #used = 0;
  #size = 0;
  #body = false;
  #noRoom = false;
  readonly #memory: MemoryShare;

  /** `steps` are those agreed on: with HDR_LEADSPC values come with the space after the colon. */
  constructor(maxBytes: number, steps: number, memory: MemoryShare = unbounded.share()) {
    this.#maxBytes = maxBytes;
    this.#memory = memory;
    this.#leadingSpace = (steps & STEPS.HDR_LEADSPC) !== 0;
  }

  get size(): number {
    return this.#size;
  }

  /** More came than is kept. From then on nothing is. */
  get tooLarge(): boolean {
    return this.#size > this.#maxBytes;
  }

  /** There was no memory left for it; nothing is kept any more. */
  get noRoom(): boolean {
    return this.#noRoom;
  }

  /** Gives its memory back: nobody needs the bytes any more. */
  release(): void {
    this.#pieces = [];
    this.#block = undefined;
    this.#memory.release();
  }

  /** A field as the MTA sent it. Its LF become CRLF; an LF that begins no fold gets a space, or it would end the field. */
  header(name: Buffer, value: Buffer): void {
    this.#append(name);
    this.#append(this.#colon(value));
    this.#value(value);
    this.#append(CRLF);
  }

  endOfHeaders(): void {
    this.#body = true;
    this.#append(CRLF);
  }

  body(chunk: Buffer): void {
    if (!this.#body) this.endOfHeaders();
    this.#append(chunk);
  }

  /** All of it in shared memory, for a worker to read; the one copy that is made. Undefined when there was too much of it. */
  finish(): Buffer<SharedArrayBuffer> | undefined {
    if (!this.#body) this.endOfHeaders();
    if (this.tooLarge || this.#noRoom) return undefined;
    this.#seal();
    const whole = Buffer.from(new SharedArrayBuffer(this.#size));
    let at = 0;
    for (const piece of this.#pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    this.#pieces = [];
    return whole;
  }

  #colon(value: Buffer): Buffer {
    // Without HDR_LEADSPC the MTA took away one space, but no tab and no line break.
    return this.#leadingSpace || value[0] === TAB || value[0] === LF ? COLON : COLON_SPACE;
  }

  #value(value: Buffer): void {
    let start = 0;
    for (let at = value.indexOf(LF); at !== -1; at = value.indexOf(LF, at + 1)) {
      this.#append(value.subarray(start, value[at - 1] === CR ? at - 1 : at));
      const next = value[at + 1];
      this.#append(next === SPACE || next === TAB ? CRLF : FOLD);
      start = at + 1;
    }
    this.#append(start === 0 ? value : value.subarray(start));
  }

  #append(piece: Buffer): void {
    this.#size += piece.length;
    if (!this.tooLarge && !this.#memory.grow(this.#size)) this.#noRoom = true;
    if (this.tooLarge || this.#noRoom) {
      this.#pieces = [];
      this.#block = undefined;
      return;
    }
    if (piece.length >= SMALL) {
      this.#seal();
      this.#pieces.push(piece);
      return;
    }
    if (this.#block === undefined || this.#used + piece.length > BLOCK) {
      this.#seal();
      this.#block = Buffer.allocUnsafeSlow(BLOCK);
    }
    this.#used += piece.copy(this.#block, this.#used);
  }

  #seal(): void {
    if (this.#block !== undefined && this.#used > 0) this.#pieces.push(this.#block.subarray(0, this.#used));
    this.#block = undefined;
    this.#used = 0;
  }
}

const FOLD = Buffer.from('\r\n ');

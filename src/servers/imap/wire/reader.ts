import type { MemoryShare } from '../../../net/memory-budget.ts';
import { LineBuffer } from '../../lines/line-buffer.ts';

/**
 * Cuts what a client sends into commands (RFC 9051 §4.3, §9; literal8: RFC 3516 §4.2; `{n+}`: RFC 7888 §4):
 *
 *     command  = tag SP … CRLF
 *     literal  = ["~"] "{" number64 ["+"] "}" CRLF *OCTET
 *
 * Knows no more of the grammar than where literals are, so that no octet of one is ever taken for a command.
 */

/** The client has sent what cannot be read over: the connection is of no use any more. */
export class UnreadableError extends Error {}

export interface ReaderLimits {
  /** Octets of a command without its literals. */
  line: number;
  /** Octets of all literals of a command. */
  literals: number;
  /** Octets of each literal of a command that brings messages; 0: there are no such commands now. */
  message: number;
  /** Octets of all of them. */
  messages: number;
  /** Octets of a command, or of its literals, that are read over when they are too many. More of them is no mistake. */
  skipped: number;
}

/** What the client's octets mean. */
export type Input =
  /** A whole command: its line as latin1, a line feed where a literal was, and its literals. */
  | { readonly type: 'line'; readonly text: string; readonly literals: readonly Buffer[] }
  /** The client waits for a continuation before it sends a literal. */
  | { readonly type: 'continue' }
  /** What it sent was read over, or will not be sent: the command is refused. */
  | {
      readonly type: 'refused';
      /** Undefined when there was none. */
      readonly tag: string | undefined;
      readonly status: 'NO' | 'BAD';
      readonly code?: string;
      readonly text: string;
    };

type Refused = Extract<Input, { type: 'refused' }>;

/** Octets a growing literal begins with. */
const FIRST_CAPACITY = 16_384;
/** Literals of one command: MULTIAPPEND and CATENATE bring many, nobody so many. */
const MAX_LITERALS = 2000;
/** The same before login: a name and a password. Each takes more memory than its octets, and anybody may send them. */
const MAX_LOGIN_LITERALS = 10;
/** Octets of an over-long line that are looked at for its tag. */
const BEGINNING = 300;
/** The end of an over-long line that is kept, to see whether a literal follows. */
const TAIL = 32;

const NOTHING = Buffer.alloc(0);
const ANNOUNCED = /(~?)\{(\d{1,19})(\+?)\}$/;
/** Commands whose literals are messages. */
const BRINGS_MESSAGE = /^[^ ]+ (?:uid )?(?:append|replace) /i;
export const TAG = /^[^(){ %*"\\+\x00-\x1f\x7f-\xff]{1,255}(?= |$)/;

/** A literal that is coming in. */
interface Incoming {
  readonly size: number;
  /** Undefined: its octets are read over. */
  buffer: Buffer | undefined;
  filled: number;
}

export class CommandReader {
  /** May be changed between two commands. */
  limits: ReaderLimits;
  readonly #memory: MemoryShare;
  /** Octets not looked at yet. */
  #input: Buffer = NOTHING;
  /** The beginning of a line whose end has not come. */
  readonly #held = new LineBuffer();
  /** The command so far, up to its last literal. */
  #text = '';
  #literals: Buffer[] = [];
  #literalOctets = 0;
  #literal: Incoming | undefined;
  /** The command is read over, and then refused with this. */
  #refusal: Refused | undefined;
  #skippedOctets = 0;

  constructor(limits: ReaderLimits, memory: MemoryShare) {
    this.limits = limits;
    this.#memory = memory;
  }

  /** Whether a command has begun. */
  get busy(): boolean {
    return (
      this.#held.length > 0 || this.#text !== '' || this.#literal !== undefined || this.#input.length > 0
    );
  }

  push(chunk: Buffer): void {
    this.#input = this.#input.length === 0 ? chunk : Buffer.concat([this.#input, chunk]);
  }

  /** Forgets everything that has come. */
  clear(): void {
    this.#input = NOTHING;
    this.#held.clear();
    this.#literal = undefined;
    this.#reset();
  }

  /** The memory of the literals of the last command is free again. */
  release(): void {
    this.#memory.release();
  }

  /** What has come that is whole; undefined when more is needed. Throws {@link UnreadableError}. */
  next(): Input | undefined {
    for (;;) {
      if (this.#literal !== undefined && !this.#fill(this.#literal)) return undefined;
      const segment = this.#segment();
      if (segment === undefined) return undefined;
      const input = this.#read(segment);
      if (input !== undefined) return input;
    }
  }

  #reset(): void {
    this.#text = '';
    this.#literals = [];
    this.#literalOctets = 0;
    this.#refusal = undefined;
    this.#skippedOctets = 0;
  }

  /** Takes what there is of a literal; true when it is whole. */
  #fill(literal: Incoming): boolean {
    const chunk = this.#input.subarray(0, literal.size - literal.filled);
    // An empty rest would keep the chunk that it is of.
    this.#input = chunk.length === this.#input.length ? NOTHING : this.#input.subarray(chunk.length);
    if (literal.buffer !== undefined) {
      const wanted = literal.filled + chunk.length;
      if (wanted > literal.buffer.length) {
        // Memory grows with what has come, not with what was announced.
        const larger = Buffer.allocUnsafe(
          Math.min(literal.size, Math.max(wanted, literal.buffer.length * 2)),
        );
        literal.buffer.copy(larger, 0, 0, literal.filled);
        literal.buffer = larger;
      }
      chunk.copy(literal.buffer, literal.filled);
    }
    literal.filled += chunk.length;
    if (literal.filled < literal.size) return false;
    if (literal.buffer !== undefined) this.#literals.push(literal.buffer.subarray(0, literal.size));
    this.#literal = undefined;
    return true;
  }

  /** The rest of a line up to its end, without it; undefined when the end has not come. */
  #segment(): string | undefined {
    const end = this.#input.indexOf(0x0a);
    const piece = end === -1 ? this.#input : this.#input.subarray(0, end);
    this.#input = end === -1 || end + 1 === this.#input.length ? NOTHING : this.#input.subarray(end + 1);
    this.#hold(piece);
    if (end === -1) return undefined;
    const text = this.#held.octets.toString('latin1');
    this.#held.clear();
    return text.endsWith('\r') ? text.slice(0, -1) : text;
  }

  #hold(piece: Buffer): void {
    if (
      this.#refusal === undefined &&
      this.#text.length + this.#held.length + piece.length > this.limits.line
    ) {
      const first = Buffer.concat([this.#held.octets, piece.subarray(0, BEGINNING)]);
      this.#refuse(
        { status: 'BAD', text: `A command has more than ${this.limits.line} octets` },
        this.#text + first.toString('latin1', 0, BEGINNING),
      );
    }
    if (this.#refusal === undefined) return this.#held.add(piece);
    this.#skip(piece.length);
    const tail = Buffer.concat([this.#held.octets.subarray(-TAIL), piece.subarray(-TAIL)]).subarray(-TAIL);
    this.#held.clear();
    this.#held.add(tail);
  }

  /** Reads a segment: the end of a command, or up to a literal. */
  #read(segment: string): Input | undefined {
    const announced = ANNOUNCED.exec(segment);
    if (announced === null) return this.#finish(segment);
    const size = Number(announced[2]);
    const synchronizing = announced[3] === '';
    if (this.#refusal === undefined) {
      const text = `${this.#text}${segment}`;
      const refusal = this.#literalFault(text, size);
      if (refusal !== undefined) this.#refuse(refusal, text);
      else {
        this.#text = `${text}\n`;
        this.#begin(size, true);
        return synchronizing ? { type: 'continue' } : undefined;
      }
    }
    // Who waits for a continuation gets our refusal instead, and sends neither the literal nor the rest.
    if (synchronizing) return this.#finish('');
    this.#skip(size);
    this.#begin(size, false);
    return undefined;
  }

  #begin(size: number, kept: boolean): void {
    const buffer = kept ? Buffer.allocUnsafe(Math.min(size, FIRST_CAPACITY)) : undefined;
    this.#literal = { size, buffer, filled: 0 };
  }

  #literalFault(text: string, size: number): Omit<Refused, 'type' | 'tag'> | undefined {
    const { limits } = this;
    const total = this.#literalOctets + size;
    if (!TAG.test(text)) return { status: 'BAD', text: 'A command begins with a tag' };
    if (this.#literals.length >= (limits.message > 0 ? MAX_LITERALS : MAX_LOGIN_LITERALS))
      return { status: 'BAD', code: 'LIMIT', text: 'Too many literals' };
    const brings = limits.message > 0 && BRINGS_MESSAGE.test(text);
    if (brings && size > limits.message)
      return { status: 'NO', code: 'TOOBIG', text: `A message may have ${limits.message} octets` };
    const most = brings ? limits.messages : limits.literals;
    if (total > most)
      return { status: brings ? 'NO' : 'BAD', code: 'TOOBIG', text: `A command may bring ${most} octets` };
    if (!this.#memory.grow(total))
      return { status: 'NO', code: 'LIMIT', text: 'The server is busy, try again later' };
    this.#literalOctets = total;
    return undefined;
  }

  #refuse(refusal: Omit<Refused, 'type' | 'tag'>, text: string): void {
    this.#refusal = { type: 'refused', tag: TAG.exec(text)?.[0], ...refusal };
    this.#text = '';
    this.#literals = [];
    this.#memory.release();
  }

  #skip(octets: number): void {
    this.#skippedOctets += octets;
    if (this.#skippedOctets > this.limits.skipped) throw new UnreadableError('Far too many octets');
  }

  #finish(segment: string): Input {
    const input: Input = this.#refusal ?? {
      type: 'line',
      text: `${this.#text}${segment}`,
      literals: this.#literals,
    };
    this.#reset();
    return input;
  }
}

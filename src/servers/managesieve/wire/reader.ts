import { LineBuffer } from '../../lines/line-buffer.ts';
import type { Argument, Line } from './types.ts';

/**
 * The client's side of RFC 5804 §4:
 *
 *     command       = name *(SP argument) CRLF
 *     argument      = string / number
 *     string        = quoted / literal-c2s
 *     quoted        = <"> *1024QUOTED-CHAR <">
 *     literal-c2s   = "{" number "+}" CRLF *OCTET
 *
 * `{number}` is taken as well, as older clients send it; its octets follow at once all the same. So are a bare LF and
 * quoted strings of any length up to that of the line.
 */

/** The client has sent what cannot be read over: the connection is of no use any more. */
export class UnreadableError extends Error {}

export interface ReaderLimits {
  /** Octets of a line without its literals. */
  line: number;
  /** Octets of a literal that are kept; larger ones are read over. */
  literal: number;
  /** Octets of a literal that are read over. More of them is no mistake. */
  skipped: number;
}

/** A command takes two arguments at most. */
const MAX_ARGUMENTS = 8;
/** RFC 5804 §4: a number has 32 bits. */
const MAX_NUMBER = 0xffff_ffff;
/** Octets a growing literal begins with. */
const FIRST_CAPACITY = 16_384;

const LITERAL_END = /\{(\d+)\+?\}$/;

type Token = Argument | { readonly type: 'atom'; readonly text: string };

/** A literal that is coming in. */
interface Incoming {
  readonly size: number;
  /** Undefined: its octets are read over. */
  buffer: Buffer | undefined;
  filled: number;
}

/** Cuts the octets of a client into lines; how they were cut into chunks makes no difference. */
export class CommandReader {
  /** May be changed between two lines: who has logged in may send whole scripts. */
  limits: ReaderLimits;
  /** Octets not looked at yet. */
  #input: Buffer = Buffer.alloc(0);
  /** The beginning of a line whose end has not come. */
  readonly #held = new LineBuffer();
  /** Octets of the line so far, in its pieces between literals. */
  #lineOctets = 0;
  #tokens: Token[] = [];
  #fault: string | undefined;
  #literal: Incoming | undefined;

  constructor(limits: ReaderLimits) {
    this.limits = limits;
  }

  /** Whether a line has begun. */
  get busy(): boolean {
    return (
      this.#input.length > 0 || this.#held.length > 0 || this.#lineOctets > 0 || this.#literal !== undefined
    );
  }

  /** To be called when {@link next} has no more lines. */
  push(chunk: Buffer): void {
    this.#input = this.#input.length === 0 ? chunk : Buffer.concat([this.#input, chunk]);
  }

  /** Forgets what has come and was not asked for. */
  clear(): void {
    this.#input = Buffer.alloc(0);
    this.#reset();
    this.#held.clear();
    this.#literal = undefined;
  }

  /** The next whole line; undefined when more is needed. Throws {@link UnreadableError}. */
  next(): Line | undefined {
    for (;;) {
      if (this.#literal !== undefined) {
        if (!this.#fill(this.#literal)) return undefined;
        this.#endLiteral(this.#literal);
      }
      const segment = this.#segment();
      if (segment === undefined) return undefined;
      const line = this.#read(segment);
      if (line !== undefined) return line;
    }
  }

  #reset(): void {
    this.#tokens = [];
    this.#fault = undefined;
    this.#lineOctets = 0;
  }

  /** Takes what there is of a literal; true when it is whole. */
  #fill(literal: Incoming): boolean {
    const chunk = this.#input.subarray(0, literal.size - literal.filled);
    this.#input = this.#input.subarray(chunk.length);
    if (literal.buffer !== undefined) {
      if (literal.filled + chunk.length > literal.buffer.length) {
        // Memory grows with what has come, not with what was announced.
        const wanted = Math.max(literal.filled + chunk.length, literal.buffer.length * 2);
        const larger = Buffer.alloc(Math.min(literal.size, wanted));
        literal.buffer.copy(larger, 0, 0, literal.filled);
        literal.buffer = larger;
      }
      chunk.copy(literal.buffer, literal.filled);
    }
    literal.filled += chunk.length;
    return literal.filled === literal.size;
  }

  #endLiteral({ buffer, size }: Incoming): void {
    this.#literal = undefined;
    this.#add(
      buffer === undefined
        ? { type: 'oversize', size }
        : { type: 'string', octets: buffer.subarray(0, size) },
    );
  }

  /** The rest of a line up to its end, without it, as latin1; undefined when the end has not come. */
  #segment(): string | undefined {
    const end = this.#input.indexOf(0x0a);
    const piece = end === -1 ? this.#input : this.#input.subarray(0, end);
    if (this.#lineOctets + this.#held.length + piece.length > this.limits.line)
      throw new UnreadableError(`A line has more than ${this.limits.line} octets`);
    this.#held.add(piece);
    // An empty rest would keep the chunk that it is of.
    this.#input =
      end === -1 || end + 1 === this.#input.length ? Buffer.alloc(0) : this.#input.subarray(end + 1);
    if (end === -1) return undefined;
    const text = this.#held.octets.toString('latin1');
    this.#lineOctets += this.#held.length + 1;
    this.#held.clear();
    return text.endsWith('\r') ? text.slice(0, -1) : text;
  }

  /** Reads a segment; a line when it ends there, undefined when a literal follows. */
  #read(segment: string): Line | undefined {
    const announced = LITERAL_END.exec(segment);
    const text = announced === null ? segment : segment.slice(0, announced.index);
    const complete = this.#tokenize(text, announced !== null);
    if (announced !== null && complete) {
      this.#begin(announced[1] ?? '');
      return undefined;
    }
    if (announced !== null) {
      // In a line that cannot be read the end may be text or a literal. Octets that follow must not become commands.
      this.#begin(announced[1] ?? '');
      if (this.#literal !== undefined) this.#literal.buffer = undefined;
      return undefined;
    }
    return this.#finish();
  }

  #begin(digits: string): void {
    const size = Number(digits);
    if (size > this.limits.skipped || digits.length > 10)
      throw new UnreadableError(`A literal may have ${this.limits.literal} octets at most`);
    const kept = size <= this.limits.literal;
    this.#literal = {
      size,
      buffer: kept ? Buffer.alloc(Math.min(size, FIRST_CAPACITY)) : undefined,
      filled: 0,
    };
  }

  #finish(): Line | undefined {
    const [first, ...rest] = this.#tokens;
    const fault = this.#fault;
    this.#reset();
    if (fault !== undefined) return { type: 'malformed', fault };
    // Telnet users press return; nothing is answered.
    if (first === undefined) return undefined;
    if (first.type !== 'atom')
      return rest.length === 0 && first.type !== 'number'
        ? { type: 'response', argument: first }
        : { type: 'malformed', fault: 'A line begins with the name of a command' };
    const bare = rest.find((token) => token.type === 'atom');
    if (bare !== undefined) return { type: 'malformed', fault: 'Arguments are strings or numbers' };
    return {
      type: 'command',
      name: first.text.toUpperCase(),
      arguments: rest.filter((token) => token.type !== 'atom'),
    };
  }

  #add(token: Token): void {
    if (this.#tokens.length > MAX_ARGUMENTS) this.#fault ??= 'Too many arguments';
    else this.#tokens.push(token);
  }

  /** Reads the tokens of a segment. False when it is malformed. */
  #tokenize(text: string, literalFollows: boolean): boolean {
    // After a literal and between tokens stands a space, before a literal too; one more does no harm.
    let rest = text;
    let spaced = this.#tokens.length === 0;
    for (;;) {
      const spaces = /^ +/.exec(rest)?.[0].length ?? 0;
      rest = rest.slice(spaces);
      if (rest === '') {
        if (literalFollows && this.#tokens.length > 0 && spaces === 0) this.#fault ??= 'A space is missing';
        return this.#fault === undefined;
      }
      const match = /^(?:"((?:[^"\\\0\r]|\\["\\])*)"|(\d+)|([A-Za-z][A-Za-z0-9_-]*))(?=[ ]|$)/.exec(rest);
      if (match === null || !(spaced || spaces > 0)) {
        this.#fault ??= rest.startsWith('"') ? 'A quoted string is malformed' : 'Syntax error';
        return false;
      }
      const [whole, quoted, digits, atom] = match;
      if (quoted !== undefined)
        this.#add({ type: 'string', octets: Buffer.from(quoted.replace(/\\(.)/g, '$1'), 'latin1') });
      else if (digits !== undefined) {
        if (digits.length > 10 || Number(digits) > MAX_NUMBER) this.#fault ??= 'A number is too large';
        else this.#add({ type: 'number', value: Number(digits) });
      } else this.#add({ type: 'atom', text: atom ?? '' });
      rest = rest.slice(whole.length);
      spaced = false;
    }
  }
}

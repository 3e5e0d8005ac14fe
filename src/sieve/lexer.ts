import type { Position } from './ast.ts';
import type { Diagnostics } from './diagnostics.ts';
import type { SieveLimits } from './limits.ts';

/**
 * Tokens of RFC 5228 §8.1. `garbage` stands for characters that begin no token, `invalid` for a token that is not whole;
 * both have been reported when they are seen.
 *
 * ```
 * identifier  = (ALPHA / "_") *(ALPHA / DIGIT / "_")
 * tag         = ":" identifier
 * number      = 1*DIGIT [ "K" / "M" / "G" ]
 * string      = quoted-string / multi-line
 * multi-line  = "text:" *(SP / HTAB) (hash-comment / CRLF) *(multiline-literal / multiline-dotstart) "." CRLF
 * ```
 */
export type TokenType =
  | 'identifier'
  | 'tag'
  | 'number'
  | 'string'
  | '('
  | ')'
  | '['
  | ']'
  | '{'
  | '}'
  | ','
  | ';'
  | 'end'
  | 'garbage'
  | 'invalid';

/** RFC 5228 §2.4.1 asks for 31 bits; 64 let every size that can be written with G pass. */
const LARGEST_NUMBER = 2n ** 64n - 1n;

const WORD = 1;
const DIGIT = 2;
/** Class of each ASCII character: part of an identifier, digit. */
const classes = new Uint8Array(128);
for (let code = 0; code < 128; code++) {
  const character = String.fromCharCode(code);
  if (/[A-Za-z_]/.test(character)) classes[code] = WORD;
  else if (/[0-9]/.test(character)) classes[code] = DIGIT;
}
const isWord = (code: number): boolean => code < 128 && classes[code] === WORD;
const isDigit = (code: number): boolean => code < 128 && classes[code] === DIGIT;
const isNameCharacter = (code: number): boolean => code < 128 && classes[code] !== 0;

/** Types of the tokens that are one character, by that character. */
const PUNCTUATION: (TokenType | undefined)[] = Array.from({ length: 128 });
for (const type of ['(', ')', '[', ']', '{', '}', ',', ';'] as const) PUNCTUATION[type.charCodeAt(0)] = type;

/** Lower-cased names, shared by all that are written so: scripts have the same few over and over. */
const names = new Map<string, string>();
/** There are some two hundred, and a few ways to write each. Longer than any of them is none. */
const MAX_NAMES = 1000;
const MAX_NAME = 40;

function nameOf(written: string): string {
  const known = names.get(written);
  if (known !== undefined) return known;
  const name = written.toLowerCase();
  if (names.size < MAX_NAMES && written.length <= MAX_NAME) names.set(written, name);
  return name;
}

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const TAB = 0x09;

/**
 * Reads a script token by token. The fields tell of the current token; {@link Lexer.next} moves on. Lines end with LF
 * or CRLF; within strings both become CRLF, so that a script means the same however it was stored.
 */
export class Lexer implements Position {
  type: TokenType = 'invalid';
  offset = 0;
  line = 1;
  /** Identifier or tag (lower-cased, without the colon), or the value of a string. */
  text = '';
  /** Value of a number. */
  value = 0;
  /** First index after the token. */
  end = 0;

  readonly #source: string;
  readonly #diagnostics: Diagnostics;
  readonly #limits: SieveLimits;
  /** There is a NUL somewhere: each string must be looked at. */
  readonly #nul: boolean;
  /** Line at `end`. */
  #lineAtEnd = 1;

  constructor(source: string, diagnostics: Diagnostics, limits: SieveLimits) {
    this.#source = source;
    this.#nul = source.includes('\0');
    this.#diagnostics = diagnostics;
    this.#limits = limits;
  }

  /** Leaves the rest of the script unread. */
  abandon(): void {
    this.end = this.#source.length;
    this.type = 'end';
  }

  next(): void {
    if (!this.#skipSpace()) return;
    const source = this.#source;
    this.offset = this.end;
    this.line = this.#lineAtEnd;
    if (this.offset >= source.length) {
      this.type = 'end';
      return;
    }
    const code = source.charCodeAt(this.offset);
    if (isWord(code)) this.#identifier();
    else if (code === 0x22) this.#quotedString();
    else if (code === 0x3a && isWord(source.charCodeAt(this.offset + 1))) this.#tag();
    else if (isDigit(code)) this.#number();
    else {
      const type = PUNCTUATION[code];
      if (type === undefined) return this.#garbage();
      this.type = type;
      this.end++;
    }
  }

  /** White space and comments (RFC 5228 §2.2, RFC 5228 §2.3). False when the current token was set to be a fault. */
  #skipSpace(): boolean {
    const source = this.#source;
    let at = this.end;
    for (; ; at++) {
      const code = source.charCodeAt(at);
      if (code === LF) this.#lineAtEnd++;
      else if (code === 0x23) {
        const lineEnd = source.indexOf('\n', at);
        at = lineEnd === -1 ? source.length : lineEnd - 1;
      } else if (code === 0x2f && source.charCodeAt(at + 1) === 0x2a) {
        const close = source.indexOf('*/', at + 2);
        if (close === -1) {
          this.#set('invalid', at, source.length);
          this.#diagnostics.error(this, 'comment is not closed with */');
          return false;
        }
        this.#countLines(at, close);
        at = close + 1;
      } else if (code !== SPACE && code !== TAB && code !== CR) break;
    }
    this.end = at;
    return true;
  }

  #set(type: TokenType, start: number, end: number): void {
    this.type = type;
    this.offset = start;
    this.line = this.#lineAtEnd;
    this.end = end;
  }

  #countLines(from: number, to: number): void {
    const source = this.#source;
    for (let at = source.indexOf('\n', from); at !== -1 && at < to; at = source.indexOf('\n', at + 1))
      this.#lineAtEnd++;
  }

  #nameEnd(from: number): number {
    let at = from;
    while (isNameCharacter(this.#source.charCodeAt(at))) at++;
    return at;
  }

  #identifier(): void {
    this.type = 'identifier';
    this.end = this.#nameEnd(this.offset + 1);
    this.text = nameOf(this.#source.slice(this.offset, this.end));
    if (this.text === 'text' && this.#source.charAt(this.end) === ':') this.#multiLine();
  }

  #tag(): void {
    this.type = 'tag';
    this.end = this.#nameEnd(this.offset + 2);
    this.text = nameOf(this.#source.slice(this.offset + 1, this.end));
  }

  /** RFC 5228 §2.4.1. */
  #number(): void {
    const source = this.#source;
    this.type = 'number';
    let at = this.offset + 1;
    while (isDigit(source.charCodeAt(at))) at++;
    const digits = source.slice(this.offset, at);
    const quantifier = source.charAt(at).toUpperCase();
    const shift = quantifier === 'K' ? 10n : quantifier === 'M' ? 20n : quantifier === 'G' ? 30n : 0n;
    if (shift !== 0n) at++;
    this.end = this.#nameEnd(at);
    if (this.end !== at) {
      this.type = 'invalid';
      this.#diagnostics.error(this, `"${shorten(source.slice(this.offset, this.end))}" is not a number`);
      this.value = 0;
      return;
    }
    // More digits than any number within the range has, leading zeros aside.
    const significant = digits.replace(/^0+(?=\d)/, '');
    const value = significant.length > 20 ? LARGEST_NUMBER + 1n : BigInt(significant) << shift;
    if (value > LARGEST_NUMBER) {
      this.#diagnostics.error(
        this,
        `number ${shorten(digits)}${shift === 0n ? '' : quantifier} is too large`,
      );
      this.value = 0;
    } else this.value = Number(value);
  }

  /** RFC 5228 §2.4.2: only `\"` and `\\` are escapes, and `\x` is `x`. */
  #quotedString(): void {
    const source = this.#source;
    this.type = 'string';
    let close = source.indexOf('"', this.offset + 1);
    while (close !== -1 && backslashesBefore(source, close) % 2 === 1) close = source.indexOf('"', close + 1);
    if (close === -1) {
      this.#set('invalid', this.offset, source.length);
      this.#diagnostics.error(this, 'string is not closed with "');
      return;
    }
    this.end = close + 1;
    let value = source.slice(this.offset + 1, close);
    if (value.includes('\\')) value = value.replace(/\\(.)/gsu, '$1');
    this.#finishString(value);
  }

  /** RFC 5228 §2.4.2: up to a line with a single dot; a line that begins with two dots loses one. */
  #multiLine(): void {
    const source = this.#source;
    this.type = 'string';
    const head = /[ \t]*(?:#[^\n]*|\r)?(\n|$)/y;
    head.lastIndex = this.end + 1;
    const start = head.test(source) ? head.lastIndex : -1;
    if (start === -1) {
      this.#set('invalid', this.offset, this.end + 1);
      this.#diagnostics.error(this, 'text: must be followed by the end of the line');
      return;
    }
    const last = /^\.\r?(?:\n|(?![^]))/gm;
    last.lastIndex = start;
    let found = last.exec(source);
    // For the engine a line also begins after CR and U+2028.
    while (found !== null && !isLineStart(source, found.index)) found = last.exec(source);
    if (found === null) {
      this.#set('invalid', this.offset, source.length);
      this.#diagnostics.error(this, 'text: is not closed with a line that holds a single dot');
      return;
    }
    this.end = found.index + found[0].length;
    this.#finishString(source.slice(start, found.index).replace(/(^|\n)\.\./g, '$1.'));
  }

  #finishString(value: string): void {
    const { line } = this;
    this.#countLines(this.offset, this.end);
    this.text = this.#lineAtEnd > line ? value.replace(/\r?\n/g, '\r\n') : value;
    if (this.#nul && value.includes('\0')) this.#diagnostics.error(this, 'string holds a NUL character');
    if (value.length > this.#limits.stringLength) {
      this.#diagnostics.error(
        this,
        `string of ${value.length} characters is too long (at most ${this.#limits.stringLength})`,
      );
      this.text = '';
    }
  }

  /** Everything up to the next character a token may begin with, as one fault. */
  #garbage(): void {
    const rest = /[\s"#()[\]{},;\w/]|:[A-Za-z_]/g;
    rest.lastIndex = this.offset + 1;
    const found = rest.exec(this.#source);
    const type = this.#source.charAt(this.offset) === ':' ? 'invalid' : 'garbage';
    this.#set(type, this.offset, found === null ? this.#source.length : found.index);
    this.text = this.#source.slice(this.offset, this.end);
    this.#diagnostics.error(this, `unexpected ${JSON.stringify(shorten(this.text))}`);
  }
}

function backslashesBefore(text: string, at: number): number {
  let count = 0;
  while (text.charCodeAt(at - 1 - count) === 0x5c) count++;
  return count;
}

function isLineStart(text: string, at: number): boolean {
  return at === 0 || text.charCodeAt(at - 1) === LF;
}

/** What is quoted in a message stays readable. */
export function shorten(text: string): string {
  const characters = Array.from(text.slice(0, 80));
  return characters.length > 40 || text.length > 80 ? `${characters.slice(0, 40).join('')}…` : text;
}

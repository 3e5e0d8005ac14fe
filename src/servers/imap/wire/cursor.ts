import { decodeMutf7 } from '../../../store/mutf7.ts';
import { parseDate, parseDateTime } from './dates.ts';
import { BadArgument, Refusal } from './errors.ts';
import { utf8Text } from './text.ts';
import type { Cursor, SequenceSet } from './types.ts';

/* oxlint-disable no-control-regex */
/** RFC 9051 §9: `ATOM-CHAR`, and what else the forms that are built on it take. */
const ATOM = /[^(){ %*"\\\]\x00-\x1f\x7f-\xff]+/y;
/** Without `[` and `<`, which begin the section and the range of an item. */
const KEYWORD = /[^(){ %*"\\\][<\x00-\x1f\x7f-\xff]+/y;
/** Wildcards mean something in patterns of LIST alone: here other servers take them. */
const ASTRING = /[^(){ "\\\x00-\x1f\x7f-\xff]+/y;
const LIST_MAILBOX = /[^(){ "\\\x00-\x1f\x7f-\xff]+/y;
/** What follows a backslash stands for itself, also where the grammar wants none before it. */
const QUOTED = /"([^"\\\0\r\n]*(?:\\[^\0\r\n][^"\\\0\r\n]*)*)"/y;
const FLAG = /\\?[^(){ %*"\\\]\x00-\x1f\x7f-\xff]+/y;
/* oxlint-enable no-control-regex */
/** A line feed stands where the octets of a literal came (see `reader.ts`). */
const LITERAL = /(~?)\{\d+\+?\}\n/y;
const DIGITS = /\d+/y;
const SEQUENCE_SET = /[\d*:,]+/y;
/** The grammar has one space; clients send more of them, and tabs, and other servers take that. */
const SPACES = /[ \t]+/y;
const BLANK = /[ \t]*$/y;
/** With zeros in front, as other servers take it. */
const RANGE = /^(\*|0{0,9}[1-9]\d{0,9})(?::(\*|0{0,9}[1-9]\d{0,9}))?$/;

const MAX_NUMBER = 0xffff_ffff;
const NUMBER_DIGITS = 10;
/** 2^63-1 has so many digits. */
const NUMBER64_DIGITS = 19;

/** A pattern of LIST that is no text: no mailbox has such a name. */
const NO_MAILBOX = '\0';

/** See {@link Cursor}. `text` is a line as latin1 without its end; `literals` its literals in their order. */
export class ArgumentCursor implements Cursor {
  readonly #text: string;
  readonly #literals: readonly Buffer[];
  /** Names of mailboxes are UTF-8, not modified UTF-7. */
  readonly #utf8: boolean;
  #at: number;
  #literal = 0;

  constructor(text: string, literals: readonly Buffer[] = [], utf8 = false, at = 0) {
    this.#text = text;
    this.#literals = literals;
    this.#utf8 = utf8;
    this.#at = at;
  }

  /** Spaces behind the last argument say nothing. */
  get atEnd(): boolean {
    if (this.#at >= this.#text.length) return true;
    BLANK.lastIndex = this.#at;
    return BLANK.test(this.#text);
  }

  end(): void {
    if (!this.atEnd) throw new BadArgument(`Unexpected ${shown(this.#text.slice(this.#at))}`);
  }

  space(): void {
    // Nearly always it is one.
    const [first, second] = [this.#text[this.#at], this.#text[this.#at + 1]];
    if (first === ' ' && second !== ' ' && second !== '\t') this.#at++;
    else if (this.#match(SPACES) === null && !this.#apart) this.#fault('A space');
  }

  peek(): string {
    return this.#text[this.#at] ?? '';
  }

  take(text: string): boolean {
    const before = this.#at;
    // A space at its beginning or end is as many as there are.
    if (text.startsWith(' ') && this.#match(SPACES) === null) return false;
    const wanted = text.trim();
    const there = this.#text.slice(this.#at, this.#at + wanted.length);
    if (there.toUpperCase() === wanted.toUpperCase()) {
      this.#at += wanted.length;
      if (text.length === 1 || !text.endsWith(' ') || this.#match(SPACES) !== null) return true;
    }
    this.#at = before;
    return false;
  }

  expect(text: string): void {
    if (!this.take(text)) this.#fault(JSON.stringify(text));
  }

  atom(): string {
    return this.#match(ATOM)?.[0] ?? this.#fault('An atom');
  }

  keyword(): string {
    return (this.#match(KEYWORD)?.[0] ?? this.#fault('A name')).toUpperCase();
  }

  astring(): string {
    const octets = this.astringOctets();
    return utf8Text(octets) ?? octets;
  }

  astringOctets(): string {
    return this.#match(ASTRING)?.[0] ?? this.#stringOctets() ?? this.#fault('A string');
  }

  nstring(): string | null {
    const octets = this.#stringOctets();
    if (octets !== undefined) return utf8Text(octets) ?? octets;
    if (this.#match(ATOM)?.[0].toUpperCase() === 'NIL') return null;
    return this.#fault('A string or NIL');
  }

  octets(): { readonly data: Buffer; readonly binary: boolean } {
    const quoted = this.#quoted();
    if (quoted !== undefined) return { data: Buffer.from(quoted, 'latin1'), binary: false };
    return this.#literalOctets() ?? this.#fault('A string');
  }

  mailbox(): string {
    const octets = this.#match(ASTRING)?.[0] ?? this.#stringOctets() ?? this.#fault('The name of a mailbox');
    const name = this.#mailboxText(octets);
    if (name === undefined) throw new Refusal('The name of the mailbox is not well-formed', 'CANNOT');
    return /^inbox(?=\/|$)/i.test(name) ? `INBOX${name.slice(5)}` : name;
  }

  listMailbox(): string {
    const octets = this.#match(LIST_MAILBOX)?.[0] ?? this.#stringOctets() ?? this.#fault('A pattern');
    return this.#mailboxText(octets) ?? NO_MAILBOX;
  }

  number(): number {
    const digits = this.#digits(NUMBER_DIGITS);
    const value = Number(digits);
    if (value > MAX_NUMBER) throw new BadArgument('A number is too large');
    return value;
  }

  number64(): number {
    // None that we compare it with is as great as that.
    return Math.min(Number(this.#digits(NUMBER64_DIGITS)), Number.MAX_SAFE_INTEGER);
  }

  sequenceSet(): SequenceSet {
    if (this.take('$')) return '$';
    const text = this.#match(SEQUENCE_SET)?.[0] ?? this.#fault('A set of numbers');
    // A comma at the end is one that clients leave.
    return text
      .replace(/(?<=.),$/, '')
      .split(',')
      .map((range) => {
        const match = RANGE.exec(range);
        if (match === null) throw new BadArgument(`${shown(range)} is no range of numbers`);
        const from = sequenceNumber(match[1]);
        return [from, match[2] === undefined ? from : sequenceNumber(match[2])] as const;
      });
  }

  list<T>(item: () => T, options: { readonly empty?: boolean } = {}): T[] {
    this.expect('(');
    this.#match(SPACES);
    const items: T[] = [];
    if (this.peek() === ')' && options.empty === true) {
      this.#at++;
      return items;
    }
    for (;;) {
      const before = this.#at;
      items.push(item());
      if (this.#at === before) this.#fault('A member of a list');
      if (this.take(')')) return items;
      this.space();
      if (this.take(')')) return items;
    }
  }

  flags(options: { readonly bare?: boolean } = {}): string[] {
    if (this.peek() === '(' || options.bare !== true) return this.list(() => this.#flag(), { empty: true });
    const flags = [this.#flag()];
    while (!this.atEnd) {
      this.space();
      flags.push(this.#flag());
    }
    return flags;
  }

  dateTime(): number {
    const text = this.#quoted() ?? this.#fault('A date with time');
    return parseDateTime(text) ?? this.#refuse(`${shown(text)} is no date with time`);
  }

  date(): number {
    const text = this.#quoted() ?? this.#match(ATOM)?.[0] ?? this.#fault('A date');
    return parseDate(text) ?? this.#refuse(`${shown(text)} is no date`);
  }

  flag(): string {
    return (this.take('\\') ? '\\' : '') + this.astringOctets();
  }

  #flag(): string {
    return this.#match(FLAG)?.[0] ?? this.#fault('A flag');
  }

  /** What ends here needs no space behind it to be read, and some clients send none. */
  get #apart(): boolean {
    const before = this.#text[this.#at - 1];
    return (before === ')' || before === '"') && this.#at < this.#text.length;
  }

  #digits(most: number): string {
    const digits = this.#match(DIGITS)?.[0] ?? this.#quotedDigits() ?? this.#fault('A number');
    if (digits.length > most) throw new BadArgument('A number is too large');
    return digits;
  }

  #quotedDigits(): string | undefined {
    return this.#match(/"(\d+)"/y)?.[1];
  }

  /** `string`: quoted or a literal without NUL (a literal8 is none). Each octet a character. */
  #stringOctets(): string | undefined {
    const quoted = this.#quoted();
    if (quoted !== undefined) return quoted;
    const before = this.#at;
    const literal = this.#literalOctets();
    if (literal === undefined) return undefined;
    if (literal.binary || literal.data.includes(0)) {
      this.#at = before;
      throw new BadArgument('A string without NUL is expected');
    }
    return literal.data.toString('latin1');
  }

  #quoted(): string | undefined {
    const inner = this.#match(QUOTED)?.[1];
    return inner?.includes('\\') === true ? inner.replace(/\\(.)/g, '$1') : inner;
  }

  #literalOctets(): { data: Buffer; binary: boolean } | undefined {
    const match = this.#match(LITERAL);
    if (match === null) return undefined;
    const data = this.#literals[this.#literal++];
    if (data === undefined) throw new BadArgument('A literal is missing');
    return { data, binary: match[1] === '~' };
  }

  #mailboxText(octets: string): string | undefined {
    return this.#utf8 ? utf8Text(octets) : decodeMutf7(octets);
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match !== null) this.#at = pattern.lastIndex;
    return match;
  }

  #fault(expected: string): never {
    const rest = this.#text.slice(this.#at);
    throw new BadArgument(`${expected} is expected${rest === '' ? '' : ` before ${shown(rest)}`}`);
  }

  #refuse(text: string): never {
    throw new BadArgument(text);
  }
}

const sequenceNumber = (text = ''): number => {
  if (text === '*') return Infinity;
  const value = Number(text);
  if (value > MAX_NUMBER) throw new BadArgument('A number is too large');
  return value;
};

/** The beginning of what a client sent, for our answer. */
const shown = (text: string): string => {
  const short = text.replace(/[^\x20-\x7e]/g, '?');
  return JSON.stringify(short.length > 40 ? `${short.slice(0, 40)}...` : short);
};

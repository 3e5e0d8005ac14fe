import type { ImapReply } from '../../support/imap-client.ts';

/**
 * One value in a response. Atoms, quoted strings and literals are all strings (an octet a character), so that servers that
 * write the same thing in different ways compare equal; atoms of digits are numbers, NIL is null. Sets such as `1:3,5` and
 * flags are strings as they stand.
 */
export type Value = string | number | null | readonly Value[];

/** What FETCH tells of a message, by the names of its items in upper case, in the order they came. */
export type Items = ReadonlyMap<string, Value>;

/** What stands in the brackets behind OK, NO, BAD, BYE, PREAUTH. */
export interface Code {
  readonly name: string;
  readonly values: readonly Value[];
}

/** An untagged response. */
export interface Response {
  /** In upper case: `FETCH`, `EXISTS`, `LIST`, `OK`, … */
  readonly name: string;
  /** Before the name: `* 3 EXPUNGE`. */
  readonly number?: number;
  /** Everything behind the name; empty for FETCH and for OK and its kin. */
  readonly values: readonly Value[];
  /** Of FETCH. */
  readonly items?: Items;
  /** Of OK and its kin. */
  readonly code?: Code;
}

const CONDITIONS: ReadonlySet<string> = new Set(['OK', 'NO', 'BAD', 'BYE', 'PREAUTH']);
const MAX_DEPTH = 200;

/** Reads responses as RFC 9051 §9 writes them; throws when they are not written so. */
class Reader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  get atEnd(): boolean {
    return this.#at === this.#text.length;
  }

  peek(text: string): boolean {
    return this.#text.startsWith(text, this.#at);
  }

  take(text: string): boolean {
    if (!this.peek(text)) return false;
    this.#at += text.length;
    return true;
  }

  end(): void {
    if (!this.atEnd) throw this.#wrong('something behind the end');
  }

  word(): string {
    return this.#match(/[^\s()[\]{"]+/y);
  }

  number(): number | undefined {
    const number = /^\d+ /.exec(this.#text)?.[0];
    if (number === undefined) return undefined;
    this.#at = number.length;
    return Number(number);
  }

  /** Values with a space between them, to the end. */
  values(): Value[] {
    const values: Value[] = [];
    while (!this.atEnd) {
      if (!this.take(' ')) throw this.#wrong('a space is expected');
      // THREAD has its lists one behind the other.
      do values.push(this.#value(0));
      while (this.peek('('));
    }
    return values;
  }

  /** `(name value name value …)`. */
  items(): Items {
    const items = new Map<string, Value>();
    if (!this.take('(')) throw this.#wrong('( is expected');
    while (!this.take(')')) {
      if (items.size > 0 && !this.take(' ')) throw this.#wrong('a space is expected');
      const name = this.#itemName();
      if (!this.take(' ')) throw this.#wrong('a space is expected');
      const value = this.#value(0);
      const known = items.get(name);
      if (known === undefined) items.set(name, value);
      else if (JSON.stringify(known) !== JSON.stringify(value)) {
        // Of two ranges that begin at the same octet both are told.
        if (!name.endsWith('>')) throw this.#wrong(`${name} comes twice`);
        items.set(`${name} again`, value);
      }
    }
    return items;
  }

  /** A section may hold spaces, parentheses and strings; whether names of fields are quoted says nothing. */
  #itemName(): string {
    const name = this.#match(/[A-Z0-9.-]+(?:\[(?:"(?:[^"\\]|\\.)*"|[^\]"])*\])?(?:<\d+>)?/iy);
    return name.replaceAll('"', '').toUpperCase();
  }

  #value(depth: number): Value {
    if (depth > MAX_DEPTH) throw this.#wrong('too deep');
    const first = this.#text[this.#at];
    if (first === '(') return this.#list(depth);
    if (first === '"') return this.#quoted();
    if (first === '{' || (first === '~' && this.#text[this.#at + 1] === '{')) return this.#literal();
    const atom = this.#match(/(?:[^\s(){"[\]]|\[[^\]\r\n]*\]?|\])+/y);
    if (atom.toUpperCase() === 'NIL') return null;
    return /^\d{1,15}$/.test(atom) ? Number(atom) : atom;
  }

  #quoted(): string {
    // Octets above 127 are there with UTF8=ACCEPT and in IMAP4rev2.
    return this.#match(/"(?:[^"\\\r\n\0]|\\["\\])*"/y)
      .slice(1, -1)
      .replace(/\\(.)/g, '$1');
  }

  #literal(): string {
    const length = Number(this.#match(/~?\{\d+\}\r\n/y).replace(/\D/g, ''));
    const start = this.#at;
    this.#at += length;
    if (this.#at > this.#text.length) throw this.#wrong('a literal is cut off');
    return this.#text.slice(start, this.#at);
  }

  #list(depth: number): Value[] {
    const values: Value[] = [];
    this.#at++;
    while (!this.take(')')) {
      // Bodies of a multipart, and branches of a thread, stand without a space between them.
      if (values.length > 0 && !this.take(' ') && !this.peek('(')) throw this.#wrong('a space is expected');
      values.push(this.#value(depth + 1));
    }
    return values;
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found === undefined) throw this.#wrong(`${pattern.source} is expected`);
    this.#at += found.length;
    return found;
  }

  #wrong(what: string): Error {
    const near = this.#text.slice(Math.max(0, this.#at - 60), this.#at + 60);
    return new Error(`${what} at ${this.#at}, near ${JSON.stringify(near)}`);
  }
}

/** Reads an untagged response, without its `* `. */
export function readResponse(line: string): Response {
  const reader = new Reader(line);
  const number = reader.number();
  const name = reader.word().toUpperCase();
  if (CONDITIONS.has(name)) {
    const code = /^[A-Z]+ \[((?:"(?:[^"\\]|\\.)*"|[^\]"])*)\]/i.exec(line)?.[1];
    return { name, values: [], ...(code !== undefined && { code: readCode(code) }) };
  }
  const numbered = number === undefined ? {} : { number };
  if (name === 'FETCH') {
    reader.take(' ');
    const items = reader.items();
    reader.end();
    return { name, ...numbered, values: [], items };
  }
  return { name, ...numbered, values: reader.values() };
}

/** Reads what stands in brackets; `''` (there is none) has an empty name. */
export function readCode(code: string): Code {
  if (code === '') return { name: '', values: [] };
  const reader = new Reader(code);
  const name = reader.word().toUpperCase();
  // BADURL is followed by a URL that may hold anything.
  return { name, values: name === 'BADURL' ? [code.slice(name.length + 1)] : reader.values() };
}

/** All untagged responses of a reply. */
export const readUntagged = (reply: ImapReply): readonly Response[] => reply.untagged.map(readResponse);

/** What FETCH told, by sequence number; several responses of one message are put together, as a client does. */
export function readFetched(reply: ImapReply): ReadonlyMap<number, Items> {
  const fetched = new Map<number, Items>();
  for (const { name, number = 0, items } of readUntagged(reply))
    if (name === 'FETCH' && items !== undefined)
      fetched.set(number, new Map([...(fetched.get(number) ?? []), ...items]));
  return fetched;
}

/** The strings of a list in the order of their octets, without regard to case: for flags and attributes. */
export const sortedNames = (value: Value | undefined): readonly string[] =>
  Array.isArray(value) ? value.map((one) => String(one).toLowerCase()).sort() : [];

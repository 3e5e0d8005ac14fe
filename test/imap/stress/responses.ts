/** One thing in a response: an atom or string (octets as characters), NIL as null, or a list of things. */
export type Thing = string | null | readonly Thing[];

/** What FETCH tells of a message, by the names of its items. */
export type Items = ReadonlyMap<string, Thing>;

/** Reads responses as RFC 9051 §9 writes them; throws when they are not written so. */
class Reader {
  readonly #text: string;
  #at: number;

  constructor(text: string, at: number) {
    this.#text = text;
    this.#at = at;
  }

  /** `(name value name value …)`. */
  items(): Items {
    const items = new Map<string, Thing>();
    this.#expect('(');
    while (this.#text[this.#at] !== ')') {
      if (items.size > 0) this.#expect(' ');
      // A section may hold spaces and parentheses.
      const name = this.#match(/[A-Z0-9.]+(?:\[[^\]]*\])?(?:<\d+>)?/iy);
      this.#expect(' ');
      if (items.has(name)) throw this.#wrong(`${name} comes twice`);
      items.set(name, this.#thing(0));
    }
    this.#at++;
    if (this.#at !== this.#text.length) throw this.#wrong('something behind the end');
    return items;
  }

  #thing(depth: number): Thing {
    if (depth > 100) throw this.#wrong('too deep');
    const first = this.#text[this.#at];
    if (first === '(') return this.#list(depth);
    if (first === '"') {
      const quoted = this.#match(/"(?:[^"\\\r\n]|\\["\\])*"/y);
      return quoted.slice(1, -1).replace(/\\(.)/g, '$1');
    }
    if (first === '{' || first === '~') {
      const length = Number(this.#match(/~?\{\d+\}\r\n/y).replace(/\D/g, ''));
      const start = this.#at;
      this.#at += length;
      if (this.#at > this.#text.length) throw this.#wrong('a literal is cut off');
      return this.#text.slice(start, this.#at);
    }
    const atom = this.#match(/[^\s(){"]+/y);
    return atom === 'NIL' ? null : atom;
  }

  #list(depth: number): Thing[] {
    const things: Thing[] = [];
    this.#expect('(');
    while (this.#text[this.#at] !== ')') {
      // Bodies of a multipart stand without a space between them.
      if (things.length > 0 && this.#text[this.#at] === ' ') this.#at++;
      things.push(this.#thing(depth + 1));
    }
    this.#at++;
    return things;
  }

  #expect(text: string): void {
    if (!this.#text.startsWith(text, this.#at)) throw this.#wrong(`"${text}" is expected`);
    this.#at += text.length;
  }

  #match(pattern: RegExp): string {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found === undefined) throw this.#wrong(`${pattern.source} is expected`);
    this.#at += found.length;
    return found;
  }

  #wrong(what: string): Error {
    return new Error(`${what} at ${this.#at}: ${JSON.stringify(this.#text.slice(0, this.#at + 60))}`);
  }
}

/** What stands behind `n FETCH `. */
export const readItems = (text: string, at: number): Items => new Reader(text, at).items();

/** Numbers of a set in their order. */
export function readSet(text: string): number[] {
  if (!/^\d+(?::\d+)?(?:,\d+(?::\d+)?)*$/.test(text)) throw new Error(`no set of numbers: ${text}`);
  return text.split(',').flatMap((range) => {
    const [first = 0, last = first] = range.split(':').map(Number);
    const step = first <= last ? 1 : -1;
    return Array.from({ length: Math.abs(last - first) + 1 }, (_, at) => first + at * step);
  });
}

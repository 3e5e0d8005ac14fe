/** Bracket expressions of POSIX (IEEE Std 1003.1 §9.3.5): what stands between `[` and `]`. */
import { RegexError } from './error.ts';

/**
 * Which letters are the same: `octet` none, `ascii` those of ASCII (the text is folded to upper case before), `unicode`
 * all (the engine folds).
 */
export type Folding = 'octet' | 'ascii' | 'unicode';

/** The named classes, as the engine writes them within brackets. Letters beyond ASCII belong to them too. */
const CLASSES: ReadonlyMap<string, string> = new Map([
  ['alpha', '\\p{L}'],
  ['digit', '0-9'],
  ['alnum', '\\p{L}\\p{Nd}'],
  ['upper', '\\p{Lu}'],
  ['lower', '\\p{Ll}'],
  ['space', '\\t-\\r\\p{Z}'],
  ['blank', '\\t\\p{Zs}'],
  ['punct', '!-/:-@\\[-`{-~\\p{P}'],
  ['cntrl', '\\p{Cc}'],
  ['graph', '\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}'],
  ['print', '\\p{L}\\p{M}\\p{N}\\p{P}\\p{S}\\p{Zs}'],
  ['xdigit', '0-9A-Fa-f'],
]);

/** A named class within brackets of the engine, by POSIX's name. */
export function namedClass(name: string, folding: Folding): string {
  const found = CLASSES.get(name);
  if (found === undefined) throw new RegexError(`unknown character class [:${name.slice(0, 20)}:]`);
  if (name !== 'upper' && name !== 'lower') return found;
  if (folding === 'octet') return found;
  // Where cases are the same, so are the classes.
  return folding === 'ascii' ? `${found}A-Z` : '\\p{Lu}\\p{Ll}\\p{Lt}';
}

/** A character as the engine writes it, within brackets or without. */
export function escapeCharacter(character: string): string {
  return /^[A-Za-z0-9]$/.test(character) ? character : `\\x{${character.codePointAt(0)?.toString(16)}}`;
}

interface Brackets {
  /** For the engine. */
  readonly source: string;
  /** Index behind the closing bracket. */
  readonly end: number;
}

/** Translates the expression that begins at `start` with its opening bracket. */
export function translateBrackets(pattern: string, start: number, folding: Folding): Brackets {
  return new BracketReader(pattern, start, folding).read();
}

class BracketReader {
  readonly #pattern: string;
  readonly #folding: Folding;
  #at: number;
  #source = '';

  constructor(pattern: string, start: number, folding: Folding) {
    this.#pattern = pattern;
    this.#folding = folding;
    this.#at = start + 1;
  }

  read(): Brackets {
    const pattern = this.#pattern;
    const negated = pattern[this.#at] === '^';
    if (negated) this.#at++;
    const first = this.#at;
    // A "]" that stands first is itself.
    while (pattern[this.#at] !== ']' || this.#at === first) {
      if (this.#at >= pattern.length) throw new RegexError('[ is not closed with ]');
      this.#readItem();
    }
    return { source: `[${negated ? '^' : ''}${this.#source}]`, end: this.#at + 1 };
  }

  #readItem(): void {
    const pattern = this.#pattern;
    if (pattern.startsWith('[:', this.#at)) {
      this.#source += namedClass(this.#delimited(':'), this.#folding);
      return;
    }
    const low = this.#character();
    if (pattern[this.#at] !== '-' || pattern[this.#at + 1] === ']' || this.#at + 1 >= pattern.length) {
      this.#addRange(low, low);
      return;
    }
    this.#at++;
    if (pattern.startsWith('[:', this.#at)) throw new RegexError('a class cannot end a range');
    const high = this.#character();
    if (codeOf(low) > codeOf(high)) throw new RegexError(`range ${low}-${high} ends before it begins`);
    this.#addRange(low, high);
  }

  /** A character, `[.c.]` or `[=c=]`. A backslash is a character like others here. */
  #character(): string {
    for (const kind of ['.', '='])
      if (this.#pattern.startsWith(`[${kind}`, this.#at)) {
        const name = this.#delimited(kind);
        if (Array.from(name).length !== 1)
          throw new RegexError(`[${kind}${name.slice(0, 20)}${kind}] is not one character`);
        return name;
      }
    const character = String.fromCodePoint(this.#pattern.codePointAt(this.#at) ?? 0);
    this.#at += character.length;
    return character;
  }

  /** What stands in `[:…:]` and the like. */
  #delimited(kind: string): string {
    const close = this.#pattern.indexOf(`${kind}]`, this.#at + 2);
    if (close === -1) throw new RegexError(`[${kind} is not closed with ${kind}]`);
    const name = this.#pattern.slice(this.#at + 2, close);
    this.#at = close + 2;
    return name;
  }

  #addRange(low: string, high: string): void {
    this.#source += rangeOf(low, high);
    if (this.#folding !== 'ascii') return;
    // The text has no small letters of ASCII: those of the range are looked for as capital ones.
    const from = Math.max(codeOf(low), 0x61);
    const to = Math.min(codeOf(high), 0x7a);
    if (from <= to) this.#source += rangeOf(String.fromCharCode(from - 32), String.fromCharCode(to - 32));
  }
}

function rangeOf(low: string, high: string): string {
  return low === high ? escapeCharacter(low) : `${escapeCharacter(low)}-${escapeCharacter(high)}`;
}

function codeOf(character: string): number {
  return character.codePointAt(0) ?? 0;
}

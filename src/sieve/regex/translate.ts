/**
 * Translates extended regular expressions of POSIX (IEEE Std 1003.1 §9.4) to the language of RE2, which matches them in
 * linear time. What differs there is written out: anchors stand for the ends of the text only, `a*?` is not lazy, a
 * backslash takes the meaning from signs and gives none to letters, brackets are POSIX's.
 *
 * ```
 * expression = branch *("|" branch)
 * branch     = *piece
 * piece      = atom *("*" / "+" / "?" / bound)
 * bound      = "{" [min] ["," [max]] "}"
 * atom       = "(" expression ")" / brackets / "." / "^" / "$" / "\" character / character
 * ```
 *
 * As GNU's library does, `\w \W \s \S \b \B \< \>` are understood as well, and a `)` without `(` is itself. `\d` and
 * `\D` are digits, because whoever writes them means that.
 */
import { escapeCharacter, type Folding, namedClass, translateBrackets } from './brackets.ts';
import { RegexError } from './error.ts';

/** RE2's; POSIX asks for 255 (RE_DUP_MAX). */
const MAX_REPETITIONS = 1000;
/** Groups within groups: the translator recurses. */
const MAX_DEPTH = 100;

export interface TranslateLimits {
  readonly length: number;
  readonly states: number;
}

export interface Translated {
  /** For RE2. */
  readonly source: string;
  /** About how many states it has when repetitions are written out. */
  readonly states: number;
}

/** Throws a {@link RegexError} for what is no expression, or one that cannot be matched in linear time. */
export function translate(pattern: string, folding: Folding, limits: TranslateLimits): Translated {
  if (pattern.length > limits.length)
    throw new RegexError(`expression of ${pattern.length} characters is too long (at most ${limits.length})`);
  return new Translator(pattern, folding, limits.states).translate();
}

const SHORTHANDS: Readonly<Record<string, readonly [string, boolean]>> = {
  w: ['word', false],
  W: ['word', true],
  s: ['space', false],
  S: ['space', true],
  d: ['digit', false],
  D: ['digit', true],
};
const BOUNDARIES: Readonly<Record<string, string>> = { b: '\\b', B: '\\B', '<': '\\b', '>': '\\b' };

class Translator {
  readonly #pattern: string;
  readonly #folding: Folding;
  readonly #limit: number;
  #at = 0;

  constructor(pattern: string, folding: Folding, limit: number) {
    this.#pattern = pattern;
    this.#folding = folding;
    this.#limit = limit;
  }

  translate(): Translated {
    return this.#expression(0);
  }

  #expression(depth: number): Translated {
    if (depth > MAX_DEPTH) throw new RegexError(`groups are nested too deep (at most ${MAX_DEPTH})`);
    const branches: Translated[] = [this.#branch(depth)];
    while (this.#pattern[this.#at] === '|') {
      this.#at++;
      branches.push(this.#branch(depth));
    }
    return {
      source: branches.map(({ source }) => source).join('|'),
      states: this.#bounded(branches.reduce((sum, { states }) => sum + states + 1, 0)),
    };
  }

  #branch(depth: number): Translated {
    let source = '';
    let states = 0;
    while (this.#at < this.#pattern.length) {
      const next = this.#pattern[this.#at];
      if (next === '|' || (next === ')' && depth > 0)) break;
      const piece = this.#piece(depth);
      source += piece.source;
      states = this.#bounded(states + piece.states);
    }
    return { source, states };
  }

  #piece(depth: number): Translated {
    const before = this.#pattern[this.#at] ?? '';
    if ('*+?{'.includes(before))
      throw new RegexError(`nothing stands before ${before} that could be repeated`);
    let piece = this.#atom(depth);
    for (let first = true; ; first = false) {
      const repetition = this.#repetition();
      if (repetition === undefined) return piece;
      if (before === '^') throw new RegexError('^ cannot be repeated');
      // Two signs behind each other would mean another thing to RE2.
      const inner = first ? piece.source : `(?:${piece.source})`;
      piece = {
        source: `${inner}${repetition.source}`,
        states: this.#bounded(piece.states * repetition.times + 1),
      };
    }
  }

  #repetition(): { source: string; times: number } | undefined {
    const sign = this.#pattern[this.#at] ?? '';
    if (sign === '') return undefined;
    if ('*+?'.includes(sign)) {
      this.#at++;
      return { source: sign, times: 1 };
    }
    if (sign !== '{') return undefined;
    const bound = /\{(\d*)(,?)(\d*)\}/y;
    bound.lastIndex = this.#at;
    const [whole, least = '', comma, most = ''] = bound.exec(this.#pattern) ?? [];
    if (whole === undefined || (least === '' && most === ''))
      throw new RegexError('{ must be followed by a number of repetitions, or written \\{');
    const [min, max] = [Number(least), comma === '' ? Number(least) : most === '' ? Infinity : Number(most)];
    if (min > max) throw new RegexError(`${whole.slice(0, 20)}: the first number is larger than the second`);
    if (min > MAX_REPETITIONS || (max !== Infinity && max > MAX_REPETITIONS))
      throw new RegexError(`${whole.slice(0, 20)}: more than ${MAX_REPETITIONS} repetitions`);
    this.#at += whole.length;
    const [low, high] = [String(min), max === Infinity ? '' : String(max)];
    return {
      source: comma === '' ? `{${low}}` : `{${low},${high}}`,
      times: max === Infinity ? min + 1 : Math.max(max, 1),
    };
  }

  #atom(depth: number): Translated {
    const character = String.fromCodePoint(this.#pattern.codePointAt(this.#at) ?? 0);
    if (character === '[') {
      const { source, end } = translateBrackets(this.#pattern, this.#at, this.#folding);
      this.#at = end;
      return { source, states: 1 };
    }
    this.#at += character.length;
    switch (character) {
      case '(':
        return this.#group(depth);
      case '.':
        return { source: '.', states: 1 };
      case '^':
        return { source: '\\A', states: 1 };
      case '$':
        return { source: '\\z', states: 1 };
      case '\\':
        return this.#escape();
      default:
        return this.#literal(character);
    }
  }

  #group(depth: number): Translated {
    const { source, states } = this.#expression(depth + 1);
    if (this.#pattern[this.#at] !== ')') throw new RegexError('( is not closed with )');
    this.#at++;
    return { source: `(${source})`, states: states + 2 };
  }

  #escape(): Translated {
    if (this.#at >= this.#pattern.length) throw new RegexError('a backslash stands at the end');
    const character = String.fromCodePoint(this.#pattern.codePointAt(this.#at) ?? 0);
    this.#at += character.length;
    if (/[1-9]/.test(character))
      throw new RegexError(`back-reference \\${character} cannot be matched in linear time`);
    const boundary = BOUNDARIES[character];
    if (boundary !== undefined) return { source: boundary, states: 1 };
    const [name, negated = false] = SHORTHANDS[character] ?? [];
    if (name === undefined) return this.#literal(character);
    const members =
      name === 'word' ? `${namedClass('alnum', this.#folding)}_` : namedClass(name, this.#folding);
    return { source: `[${negated ? '^' : ''}${members}]`, states: 1 };
  }

  #literal(character: string): Translated {
    const folded =
      this.#folding === 'ascii' && character >= 'a' && character <= 'z' ? character.toUpperCase() : character;
    return { source: escapeCharacter(folded), states: 1 };
  }

  #bounded(states: number): number {
    if (states > this.#limit) throw new RegexError(`expression is too large (at most ${this.#limit} states)`);
    return states;
  }
}

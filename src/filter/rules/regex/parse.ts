/**
 * Reads Perl's regular expressions (perlre) into a tree, for text of bytes. The grammar, without `/x`:
 *
 *     alternation = sequence *("|" sequence)
 *     sequence    = *(atom [quantifier])
 *     atom        = character / escape / class / "." / "^" / "$" / group
 *     group       = "(" ["?" (":" / "=" / "!" / "<=" / "<!" / ">" / "|" / "#" / "<" name ">" / flags)] alternation ")"
 *     quantifier  = ("*" / "+" / "?" / "{" n "}" / "{" n ",}" / "{" n "," m "}") ["?" / "+"]
 *
 * Refused with a {@link PatternError}: recursion, conditions, code, backtracking verbs, `\G`, `\X`.
 */
import { ANY, ByteSet, NONE, NOT_NEWLINE } from './bytes.ts';
import { readClass } from './class.ts';
import { classEscape, readCharacterEscape } from './escapes.ts';
import { Scanner } from './scanner.ts';
import { type Anchor, type Node, type ParsedPattern, PatternError } from './syntax.ts';

/** Characters of a pattern: the longest of the stock rules has 30,000 after its tags are replaced. */
const MAX_PATTERN = 200_000;
/** Groups inside groups; each is a step deeper into this parser and into the engine that runs the pattern. */
const MAX_DEPTH = 200;
/** What Perl allows as a count. */
const MAX_REPEAT = 65_535;

interface Flags {
  readonly ignoreCase: boolean;
  readonly multiline: boolean;
  readonly dotAll: boolean;
  readonly extended: boolean;
  /** `/xx`: blanks don't count in classes either. */
  readonly extendedClass: boolean;
  readonly noCapture: boolean;
}

const NO_FLAGS: Flags = {
  ignoreCase: false,
  multiline: false,
  dotAll: false,
  extended: false,
  extendedClass: false,
  noCapture: false,
};

const EMPTY: Node = { kind: 'sequence', items: [] };
const LINE_BREAK: Node = {
  kind: 'alternation',
  branches: [
    {
      kind: 'sequence',
      items: [
        { kind: 'set', set: ByteSet.from('\r') },
        { kind: 'set', set: ByteSet.from('\n') },
      ],
    },
    { kind: 'set', set: ByteSet.from('\n\v\f\r\x85') },
  ],
};
const ANCHOR_ESCAPES: Readonly<Record<string, Anchor>> = {
  A: 'start',
  z: 'veryEnd',
  Z: 'end',
  b: 'boundary',
  B: 'noBoundary',
};

/** Parses a pattern with the flags behind its closing delimiter. Throws {@link PatternError}. */
export function parsePattern(source: string, flags: string): ParsedPattern {
  if (source.length > MAX_PATTERN) throw new PatternError(`longer than ${MAX_PATTERN} characters`);
  return new PatternParser(source).parse(flags);
}

/** Each byte as a pattern of its own, by case or not: made once. */
const EXACT_BYTES = Array.from(
  { length: 256 },
  (_, byte): Node => ({
    kind: 'set',
    set: ByteSet.range(byte, byte),
  }),
);
const FOLDED_BYTES = Array.from(
  { length: 256 },
  (_, byte): Node => ({
    kind: 'set',
    set: ByteSet.range(byte, byte).foldCase(),
  }),
);

/** Classes as they were read: tags (`replace_tag`) repeat the same ones thousands of times. */
const CLASSES = new Map<string, ByteSet>();
const MAX_CLASSES = 5000;
/** What follows `[` in a class without another `[` in it. */
const PLAIN_CLASS = /\^?\]?(?:\\.|[^\]\\[]){0,100}\]/sy;

class PatternParser {
  private readonly input: Scanner;
  private flags: Flags = NO_FLAGS;
  private ignoreCase = false;
  private captures = 0;
  private readonly totalCaptures: number;
  private readonly names = new Map<string, number>();
  private readonly referenced = new Set<number>();
  private depth = 0;
  /** Nothing but flags was read so far. */
  private atStart = true;

  constructor(source: string) {
    this.input = new Scanner(source);
    this.totalCaptures = countCaptures(source);
  }

  parse(flags: string): ParsedPattern {
    this.flags = this.withFlags(NO_FLAGS, flags);
    this.ignoreCase = this.flags.ignoreCase;
    const root = this.alternation();
    if (!this.input.isAtEnd) throw new PatternError(`unmatched ) at ${this.input.position}`);
    for (const number of this.referenced)
      if (number > this.captures) throw new PatternError(`reference to group ${number}, which is not there`);
    return { root, ignoreCase: this.ignoreCase, captures: this.captures, referenced: this.referenced };
  }

  private alternation(): Node {
    if (++this.depth > MAX_DEPTH) throw new PatternError(`groups more than ${MAX_DEPTH} deep`);
    const outer = this.flags;
    const branches = [this.sequence()];
    while (this.input.take('|')) {
      this.atStart = false;
      branches.push(this.sequence());
    }
    // Flags set inside hold to the end of the group.
    this.flags = outer;
    this.depth--;
    return branches.length === 1 ? (branches[0] ?? EMPTY) : { kind: 'alternation', branches };
  }

  private sequence(): Node {
    const items: Node[] = [];
    for (;;) {
      this.skipBlanks();
      const { input } = this;
      if (input.isAtEnd || input.peek === '|' || input.peek === ')') break;
      const atom = this.atom();
      if (atom === undefined) continue;
      this.atStart = false;
      items.push(this.quantified(atom));
    }
    return items.length === 1 ? (items[0] ?? EMPTY) : { kind: 'sequence', items };
  }

  private skipBlanks(): void {
    const { input } = this;
    for (;;) {
      if (input.take('(?#')) {
        if (!input.skipPast(')')) throw new PatternError('comment without its )');
      } else if (this.flags.extended && input.takeAny(' \t\n\r\f\v') !== undefined) continue;
      else if (this.flags.extended && input.peek === '#') {
        if (!input.skipPast('\n')) input.toEnd();
      } else return;
    }
  }

  /** Undefined for what stands for nothing (flags alone). */
  private atom(): Node | undefined {
    const { input, flags } = this;
    const character = input.next();
    switch (character) {
      case '(':
        return this.group();
      case '[':
        return { kind: 'set', set: this.bracketed() };
      case '.':
        return { kind: 'set', set: flags.dotAll ? ANY : NOT_NEWLINE };
      case '^':
        return { kind: 'anchor', at: flags.multiline ? 'lineStart' : 'start' };
      case '$':
        return { kind: 'anchor', at: flags.multiline ? 'lineEnd' : 'end' };
      case '*':
      case '+':
      case '?':
        throw new PatternError(`quantifier ${character} follows nothing`);
      case '\\':
        return this.escape();
      default:
        return this.character(character.charCodeAt(0));
    }
  }

  private bracketed(): ByteSet {
    const { input, flags } = this;
    const text = input.match(PLAIN_CLASS);
    if (text === undefined) return readClass(input, flags.extendedClass, this.fold);
    const key = `${Number(flags.ignoreCase)}${Number(flags.extendedClass)}${text}`;
    const known = CLASSES.get(key);
    if (known !== undefined) return known;
    input.back(text.length);
    const start = input.position;
    const set = readClass(input, flags.extendedClass, this.fold);
    if (input.position - start === text.length && CLASSES.size < MAX_CLASSES) CLASSES.set(key, set);
    return set;
  }

  private character(code: number): Node {
    // Text of bytes never holds it.
    if (code > 255) return this.set(NONE);
    return this.flags.ignoreCase ? FOLDED_BYTES[code]! : EXACT_BYTES[code]!;
  }

  private readonly fold = (set: ByteSet): ByteSet => (this.flags.ignoreCase ? set.foldCase() : set);

  private set(set: ByteSet): Node {
    return { kind: 'set', set: this.fold(set) };
  }

  private escape(): Node | undefined {
    const { input } = this;
    if (input.isAtEnd) throw new PatternError('ends with a backslash');
    const letter = input.peek;
    if (letter === 'b' || letter === 'B') {
      input.next();
      if (input.peek === '{') throw new PatternError(`\\${letter}{…} is not supported`);
      return { kind: 'anchor', at: ANCHOR_ESCAPES[letter] ?? 'boundary' };
    }
    const anchor = ANCHOR_ESCAPES[letter];
    if (anchor !== undefined) {
      input.next();
      return { kind: 'anchor', at: anchor };
    }
    if (letter === 'R') {
      input.next();
      return { kind: 'atomic', body: LINE_BREAK };
    }
    // What stands before \K is matched, but left out of what is reported: no difference to a rule.
    if (letter === 'K') {
      input.next();
      return EMPTY;
    }
    if (letter === 'E') {
      input.next();
      return undefined;
    }
    if (letter === 'Q') {
      input.next();
      return this.quoted();
    }
    if (letter === 'G' || letter === 'X' || letter === 'C')
      throw new PatternError(`\\${letter} is not supported`);
    if (letter === 'N' && input.following !== '{') {
      input.next();
      return { kind: 'set', set: NOT_NEWLINE };
    }
    const number = this.reference();
    if (number !== undefined) {
      this.referenced.add(number);
      return { kind: 'reference', number, ignoreCase: this.flags.ignoreCase };
    }
    const set = classEscape(input, this.fold);
    return set === undefined ? this.character(readCharacterEscape(input)) : { kind: 'set', set };
  }

  /** `\Q…\E`: characters that mean themselves. */
  private quoted(): Node {
    const items: Node[] = [];
    while (!this.input.isAtEnd && !this.input.take('\\E'))
      items.push(this.character(this.input.next().charCodeAt(0)));
    return { kind: 'sequence', items };
  }

  /** The group a back reference names; undefined when none begins here. */
  private reference(): number | undefined {
    const { input } = this;
    const digits = input.match(/[1-9]\d*/y);
    if (digits !== undefined) {
      const number = Number(digits);
      if (number < 10 || number <= this.totalCaptures) return number;
      input.back(digits.length);
      return undefined;
    }
    const relative = input.match(/g(?:-?\d+|\{\s*-?\d+\s*\})/y);
    if (relative !== undefined) {
      const value = Number(relative.replace(/[g{}\s]/g, ''));
      const number = value < 0 ? this.captures + 1 + value : value;
      if (number < 1) throw new PatternError(`\\${relative} refers to no group`);
      return number;
    }
    const named = input.match(/[gk](?:\{\s*[A-Za-z_]\w*\s*\}|<[A-Za-z_]\w*>|'[A-Za-z_]\w*')/y);
    return named === undefined ? undefined : this.numberOf(named.replace(/^.|\W/g, ''));
  }

  private numberOf(name: string): number {
    const number = this.names.get(name);
    if (number === undefined) throw new PatternError(`reference to group "${name}", which is not there`);
    return number;
  }

  private group(): Node | undefined {
    const { input } = this;
    if (input.peek === '*') throw new PatternError('backtracking verbs are not supported');
    if (!input.take('?')) return this.flags.noCapture ? this.closed() : this.capture();
    if (input.take(':')) return this.closed();
    if (input.take('=')) return this.look(false, false);
    if (input.take('!')) return this.look(false, true);
    if (input.take('<=')) return this.look(true, false);
    if (input.take('<!')) return this.look(true, true);
    if (input.take('>')) return { kind: 'atomic', body: this.closed() };
    if (input.take('|')) return this.branchReset();
    const name = input.match(/P?<[A-Za-z_]\w*>|'[A-Za-z_]\w*'/y);
    if (name !== undefined) return this.capture(name.replace(/^P?\W|\W$/g, ''));
    const reference = input.match(/P=[A-Za-z_]\w*\)/y);
    if (reference !== undefined) {
      const number = this.numberOf(reference.slice(2, -1));
      this.referenced.add(number);
      return { kind: 'reference', number, ignoreCase: this.flags.ignoreCase };
    }
    if (input.match(/[R0-9+&]|P>|-\d/y) !== undefined) throw new PatternError('recursion is not supported');
    if (input.peek === '(') throw new PatternError('conditions are not supported');
    if (input.peek === '{' || input.peek === '?') throw new PatternError('code is not supported');
    return this.flagGroup();
  }

  /** `(?i)` to the end of the group around it, or `(?i:…)`. */
  private flagGroup(): Node | undefined {
    const letters = this.input.match(/\^?[a-z]*(?:-[a-z]*)?/y) ?? '';
    const isReset = letters.startsWith('^');
    const [on = '', off = ''] = letters.replace('^', '').split('-');
    const flags = this.withFlags(isReset ? NO_FLAGS : this.flags, on, off);
    if (this.input.take(')')) {
      this.flags = flags;
      if (this.atStart && this.depth === 1) this.ignoreCase = flags.ignoreCase;
      return undefined;
    }
    if (!this.input.take(':')) throw new PatternError(`(?${letters}${this.input.peek} is not known`);
    const outer = this.flags;
    this.flags = flags;
    if (this.atStart && this.depth === 1) this.ignoreCase = flags.ignoreCase;
    const body = this.closed();
    this.flags = outer;
    return body;
  }

  private withFlags(base: Flags, on: string, off = ''): Flags {
    for (const letter of on + off)
      if (!'imsxnpaduloc'.includes(letter)) throw new PatternError(`flag "${letter}" is not known`);
    const pick = (letter: string, current: boolean): boolean =>
      off.includes(letter) ? false : current || on.includes(letter);
    return {
      ignoreCase: pick('i', base.ignoreCase),
      multiline: pick('m', base.multiline),
      dotAll: pick('s', base.dotAll),
      extended: pick('x', base.extended),
      extendedClass: on.includes('xx') || (base.extendedClass && !off.includes('x')),
      noCapture: pick('n', base.noCapture),
    };
  }

  private closed(): Node {
    this.atStart = false;
    const body = this.alternation();
    if (!this.input.take(')')) throw new PatternError('unmatched (');
    return body;
  }

  private capture(name?: string): Node {
    const number = ++this.captures;
    if (name !== undefined && !this.names.has(name)) this.names.set(name, number);
    return { kind: 'capture', number, body: this.closed() };
  }

  private look(behind: boolean, negated: boolean): Node {
    return { kind: 'look', behind, negated, body: this.closed() };
  }

  /** `(?|…)`: its branches count their captures from the same number. */
  private branchReset(): Node {
    const before = this.captures;
    const body = this.closed();
    if (this.captures > before && this.totalCaptures > 0 && this.referenced.size > 0)
      throw new PatternError('(?|…) with references is not supported');
    return body;
  }

  private quantified(atom: Node): Node {
    let node = atom;
    this.skipBlanks();
    const counts = this.quantifier();
    if (counts === undefined) return node;
    const [min, max] = counts;
    const lazy = this.input.take('?');
    const possessive = !lazy && this.input.take('+');
    node = { kind: 'repeat', body: atom, min, max, lazy };
    if (possessive) node = { kind: 'atomic', body: node };
    this.skipBlanks();
    if (this.quantifier() !== undefined) throw new PatternError('nested quantifiers');
    return node;
  }

  private quantifier(): [number, number] | undefined {
    const { input } = this;
    if (input.take('*')) return [0, Infinity];
    if (input.take('+')) return [1, Infinity];
    if (input.take('?')) return [0, 1];
    const text = input.match(/\{[ \t]*(?:\d+[ \t]*(?:,[ \t]*\d*)?|,[ \t]*\d+)[ \t]*\}/y);
    if (text === undefined) return undefined;
    const [low = '', high] = text.slice(1, -1).split(',');
    const min = Number(low);
    const max = high === undefined ? min : high.trim() === '' ? Infinity : Number(high);
    if (min > MAX_REPEAT || (max !== Infinity && max > MAX_REPEAT))
      throw new PatternError(`count beyond ${MAX_REPEAT}`);
    // Perl takes a{3,2} for what never matches.
    return [min, max];
  }
}

/** Capturing groups of a pattern, near enough to tell `\10` the reference from `\10` the octal character. */
function countCaptures(source: string): number {
  return (
    source.replace(/\\.|\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]/gs, '').match(/\((?!\?(?!P?<[A-Za-z_]))/g)
      ?.length ?? 0
  );
}

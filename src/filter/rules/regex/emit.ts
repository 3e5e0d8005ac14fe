/**
 * Writes a parsed Perl pattern as a JavaScript one, for strings whose code units are bytes. Differences that are taken
 * care of: `$` and `.`, `\s`, `/m` and `\r`, atomic and possessive groups (a look-ahead that captures, then a reference
 * to it). Case folds alike.
 */
import { ByteSet } from './bytes.ts';
import { type Anchor, type Node, type ParsedPattern, PatternError } from './syntax.ts';

const ANCHORS: Readonly<Record<Anchor, string>> = {
  start: '^',
  veryEnd: '$',
  end: '(?=\\n?$)',
  lineStart: '(?:^|(?<=\\n)(?!$))',
  lineEnd: '(?=\\n|$)',
  boundary: '\\b',
  noBoundary: '\\B',
};

/** How a pattern begins that begins with `^` under `/m`. */
export const LINE_START = ANCHORS.lineStart;

/** Left out of classes where case does not matter. */
const UPPER = ByteSet.range(0x41, 0x5a);

export interface EmitOptions {
  /** Captures stay, for who reads them; otherwise only those that are referred to. */
  keepCaptures: boolean;
}

/** The pattern's source and flags for `RegExp`. Throws {@link PatternError} for what JavaScript has no way to say. */
export function emitPattern(
  pattern: ParsedPattern,
  { keepCaptures }: EmitOptions,
): { source: string; flags: string } {
  const writer = new Writer(pattern, keepCaptures);
  return { source: writer.node(pattern.root), flags: pattern.ignoreCase ? 'i' : '' };
}

class Writer {
  private readonly ignoreCase: boolean;
  private readonly referenced: ReadonlySet<number>;
  private readonly keepCaptures: boolean;
  private groups = 0;
  /** Number of a group in what is written, by its number in Perl's pattern. */
  private readonly numbers = new Map<number, number>();

  constructor({ ignoreCase, referenced }: ParsedPattern, keepCaptures: boolean) {
    this.ignoreCase = ignoreCase;
    this.referenced = referenced;
    this.keepCaptures = keepCaptures;
  }

  node(node: Node): string {
    switch (node.kind) {
      case 'set':
        return this.set(node.set);
      case 'sequence':
        return node.items
          .map((item) => (item.kind === 'alternation' ? this.grouped(item) : this.node(item)))
          .join('');
      case 'alternation':
        return node.branches.map((branch) => this.node(branch)).join('|');
      case 'capture':
        return this.capture(node.number, node.body);
      case 'atomic': {
        const number = ++this.groups;
        return `(?=(${this.node(node.body)}))(?:\\${number})`;
      }
      case 'look':
        return `(?${node.behind ? '<' : ''}${node.negated ? '!' : '='}${this.node(node.body)})`;
      case 'repeat':
        return this.repeat(node);
      case 'anchor':
        return ANCHORS[node.at];
      case 'reference':
        return this.reference(node.number, node.ignoreCase);
    }
  }

  private grouped(node: Node): string {
    return `(?:${this.node(node)})`;
  }

  private capture(number: number, body: Node): string {
    if (!this.keepCaptures && !this.referenced.has(number)) return this.grouped(body);
    this.numbers.set(number, ++this.groups);
    return `(${this.node(body)})`;
  }

  private reference(number: number, ignoreCase: boolean): string {
    const written = this.numbers.get(number);
    if (written === undefined) throw new PatternError('reference to a group further on');
    const mode = ignoreCase === this.ignoreCase ? '' : ignoreCase ? 'i' : '-i';
    return `(?${mode}:\\${written})`;
  }

  private repeat({ body, min, max, lazy }: Extract<Node, { kind: 'repeat' }>): string {
    if (max < min) return '[]';
    const text = this.node(body);
    const once =
      body.kind === 'set' || (body.kind === 'capture' && text.startsWith('(')) ? text : `(?:${text})`;
    if (min === 1 && max === 1) return once;
    const count =
      max === Infinity
        ? (['*', '+'][min] ?? `{${min},}`)
        : min === max
          ? `{${min}}`
          : min === 0 && max === 1
            ? '?'
            : `{${min},${max}}`;
    return once + count + (lazy ? '?' : '');
  }

  private set(set: ByteSet): string {
    const known = this.ignoreCase ? foldedTexts : exactTexts;
    let text = known.get(set);
    if (text === undefined) {
      text = this.ignoreCase ? foldedText(set) : classText(set);
      known.set(set, text);
    }
    return text;
  }
}

/** Most sets are letters, which are the same objects in all patterns. */
const exactTexts = new WeakMap<ByteSet, string>();
const foldedTexts = new WeakMap<ByteSet, string>();

/** In an expression that ignores case. */
function foldedText(set: ByteSet): string {
  // Of a part with (?-i).
  if (!set.foldCase().equals(set)) return `(?-i:${classText(set)})`;
  // The other case is understood.
  return classText(set.without(UPPER), set);
}

/** A set as a character or class; `whole` is the set itself where `set` is the part of it to be written. */
function classText(set: ByteSet, whole: ByteSet = set): string {
  const size = whole.size;
  if (size === 0) return '[]';
  if (size === 256) return '[^]';
  const ranges = set.ranges();
  const first = ranges[0];
  if (ranges.length === 1 && first?.[0] === first?.[1] && first !== undefined) return characterText(first[0]);
  const outside = whole.complement().ranges();
  const negate = outside.length < ranges.length || (outside.length === ranges.length && size > 128);
  return `[${negate ? '^' : ''}${(negate ? outside : ranges).map(rangeText).join('')}]`;
}

function rangeText([first, last]: [number, number]): string {
  if (first === last) return memberText(first);
  return memberText(first) + (last === first + 1 ? '' : '-') + memberText(last);
}

const characterText = (byte: number): string =>
  /[\w !"#%&',:;<=>@`~-]/.test(String.fromCharCode(byte)) && byte < 128
    ? String.fromCharCode(byte)
    : escapeText(byte);

const memberText = (byte: number): string =>
  byte < 128 && /\w/.test(String.fromCharCode(byte)) ? String.fromCharCode(byte) : escapeText(byte);

function escapeText(byte: number): string {
  if (byte === 10) return '\\n';
  return `\\x${byte.toString(16).padStart(2, '0')}`;
}

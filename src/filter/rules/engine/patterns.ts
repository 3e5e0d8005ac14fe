/** Sets of pattern rules that read the same text, run behind one search for the literals they require. */
import { RULE_LIMITS } from '../limits.ts';
import type { Positions } from '../types.ts';
import { LiteralSearch } from './literal-search.ts';
import { ShapeSearch } from './shape-search.ts';
import { bytesOf } from './text-bytes.ts';

interface LinePattern {
  /** Sticky. */
  readonly expression: RegExp;
  /** Shorter lines do not match. */
  readonly bytes: number;
}

export interface PatternRule {
  /** Index among all rules. */
  readonly rule: number;
  readonly expression: RegExp;
  /** What is tried at the beginning of each line instead. */
  readonly line?: LinePattern | undefined;
  readonly literals: readonly string[] | undefined;
  /** In how many places one of them stands; 1 unless said. */
  readonly copies?: number | undefined;
  /** Further texts; each match holds one of these too. */
  readonly also?: readonly string[] | undefined;
  /** Where there are no literals: an automaton that accepts all the expression matches. */
  readonly positions?: Positions | undefined;
  readonly negated: boolean;
  /** Shorter texts do not match, as far as that is known. */
  readonly bytes: number;
  /** `tflags multiple`: hits are counted, up to so many; 1 for other rules. */
  readonly maxHits: number;
  /** `tflags nosubject`: the first line is not for it. */
  readonly skipsFirst: boolean;
}

/** What happens when rules run. */
export interface RunObserver {
  /** A rule is about to run: known from outside when it never ends. */
  before(rule: number): void;
  after(rule: number): void;
  /** The regular expression engine gave up (too large, or too deep). */
  failed(rule: number, error: unknown): void;
}

export interface RunState {
  /** Hits by rule. */
  readonly values: Float64Array;
  /** Text that was matched first, by rule, of those that are worth reporting. */
  readonly evidence: Map<number, string>;
  readonly reports: Uint8Array;
  readonly observer: RunObserver;
}

/** Below this, running them all is as quick as searching first. */
const MIN_SEARCHED = 3;
/** Likewise for automata, which cost more to begin with. */
const MIN_SHAPED = 4;
/** Characters of the text matched that are kept. */
const MAX_EVIDENCE = 80;

export class PatternSet {
  private readonly rules: readonly PatternRule[];
  /** Places in `rules` of those that must run to know. */
  private readonly always: readonly number[];
  private readonly search: LiteralSearch | undefined;
  private readonly shapes: ShapeSearch | undefined;
  private readonly found: number[] = [];
  readonly count: number;
  /** Rules that hit an empty text. They do once: there is no second place in it. */
  private onEmpty: readonly PatternRule[] | undefined;

  constructor(rules: readonly PatternRule[]) {
    this.rules = rules;
    this.count = rules.length;
    const searched = rules.flatMap(({ literals, copies = 1, also, negated }, owner) =>
      literals === undefined || negated
        ? []
        : [{ owner, texts: literals, copies }, ...(also === undefined ? [] : [{ owner, texts: also }])],
    );
    const useSearch = searched.length >= MIN_SEARCHED;
    const shaped = rules.flatMap(({ literals, positions, negated }, owner) =>
      literals !== undefined || positions === undefined || negated ? [] : [{ owner, positions }],
    );
    const useShapes = shaped.length >= MIN_SHAPED;
    this.shapes = useShapes ? new ShapeSearch(shaped) : undefined;
    this.search = useSearch ? new LiteralSearch(searched) : undefined;
    this.always = rules.flatMap(({ literals, positions, negated }, place) => {
      const isSearched = literals === undefined ? useShapes && positions !== undefined : useSearch;
      return isSearched && !negated ? [] : [place];
    });
  }

  /** Runs the rules on texts that belong together (lines of a body): a rule hits when it does in one of them. */
  run(texts: readonly string[], state: RunState): void {
    const { search, shapes, found } = this;
    for (let line = 0; line < texts.length; line++) {
      const text = texts[line]!;
      for (const place of this.always) this.runOne(this.rules[place]!, text, line, state);
      if (search === undefined && shapes === undefined) continue;
      found.length = 0;
      const bytes = bytesOf(text);
      search?.find(bytes, text.length, found);
      shapes?.find(bytes, text.length, found);
      for (let i = 0; i < found.length; i++) this.runOne(this.rules[found[i]!]!, text, line, state);
    }
  }

  /** The same as to run on one empty text, which fields that are not there are read as. */
  runEmpty(state: RunState): void {
    this.onEmpty ??= this.rules.filter(({ expression, negated }) => {
      expression.lastIndex = 0;
      return expression.test('') !== negated;
    });
    for (const { rule, negated } of this.onEmpty) {
      state.values[rule] = 1;
      if (state.reports[rule] === 1 && !negated) state.evidence.set(rule, '');
    }
  }

  private runOne(rule: PatternRule, text: string, line: number, state: RunState): void {
    const { rule: index, maxHits } = rule;
    const before = state.values[index]!;
    if (before >= maxHits || (line === 0 && rule.skipsFirst)) return;
    if (text.length < rule.bytes && !rule.negated) return;
    const { observer } = state;
    observer.before(index);
    try {
      if (maxHits > 1) state.values[index] = before + countMatches(rule, text, maxHits - before);
      else if (matches(rule, text) !== rule.negated) state.values[index] = 1;
      if (state.reports[index] === 1 && before === 0 && state.values[index] !== 0 && !rule.negated)
        this.keepEvidence(rule, text, state);
    } catch (error) {
      observer.failed(index, error);
    }
    observer.after(index);
  }

  private keepEvidence({ rule, expression }: PatternRule, text: string, state: RunState): void {
    expression.lastIndex = 0;
    const match = expression.exec(text)?.[0] ?? '';
    state.evidence.set(rule, match.slice(0, MAX_EVIDENCE));
  }
}

const matches = ({ expression, line }: PatternRule, text: string): boolean =>
  line === undefined ? expression.test(text) : countLines(line, text, 1) === 1;

/** Matches at the beginning of lines; behind the last line ending there is no line (perlre, `/m`). */
function countLines({ expression, bytes }: LinePattern, text: string, most: number): number {
  const { length } = text;
  let count = 0;
  let at = 0;
  do {
    const newline = text.indexOf('\n', at);
    let next = newline < 0 ? length : newline + 1;
    if (next - at >= bytes) {
      expression.lastIndex = at;
      if (expression.test(text)) {
        if (++count >= most) break;
        // The next match begins where this one ends, or behind.
        const end = expression.lastIndex;
        if (end > next) next = text.charCodeAt(end - 1) === NEWLINE ? end : lineAfter(text, end);
      }
    }
    at = next;
  } while (at < length);
  return count;
}

function lineAfter(text: string, at: number): number {
  const newline = text.indexOf('\n', at);
  return newline < 0 ? text.length : newline + 1;
}

const NEWLINE = 10;

function countMatches({ expression, line, bytes }: PatternRule, text: string, most: number): number {
  if (line !== undefined) return countLines(line, text, most);
  let count = 0;
  expression.lastIndex = 0;
  if (bytes > 0) {
    while (count < most && expression.test(text)) count++;
    return count;
  }
  while (count < most) {
    const match = expression.exec(text);
    if (match === null) break;
    count++;
    if (match[0] === '') expression.lastIndex++;
  }
  return count;
}

/** Hits a rule counts. */
export function maxHitsOf(tflags: readonly string[]): number {
  if (!tflags.includes('multiple')) return 1;
  const flag = tflags.find((one) => /^maxhits=\d{1,6}$/.test(one));
  return Math.max(1, flag === undefined ? RULE_LIMITS.multipleHits : Number(flag.slice('maxhits='.length)));
}

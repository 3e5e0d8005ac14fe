/** Meta rules: their order, and their values once the other rules have run. */
import { type Expression, operate } from '../language/expression.ts';
import { globExpression, namesIn, parseMeta } from '../language/meta.ts';

export interface MetaRule {
  /** Index among all rules. */
  readonly rule: number;
  readonly name: string;
  readonly expression: string;
}

export interface MetaFault {
  readonly rule: number;
  readonly text: string;
  /** Left out. */
  readonly fatal: boolean;
}

/** Names joined by the same operator from which on a loop pays. */
const MIN_ROW = 3;

type Evaluate = (values: Float64Array) => number;

export class Metas {
  /** In an order in which each comes behind those it uses. */
  private readonly order: readonly { rule: number; evaluate: Evaluate }[];
  /** By rule: places in `order` of the metas that may have another value when it hits. */
  private readonly users: readonly (readonly number[])[];
  /** Values of all rules when nothing hits. */
  private readonly quiet: Float64Array;
  private readonly dirty: Uint8Array;
  readonly faults: readonly MetaFault[];
  /** By rule: the rules a meta uses. */
  readonly uses: ReadonlyMap<number, readonly number[]>;

  /** `indexOf`: index by rule name. `count`: number of rules. */
  constructor(metas: readonly MetaRule[], indexOf: ReadonlyMap<string, number>, count: number) {
    const faults: MetaFault[] = [];
    const parsed = new Map<number, { expression: Expression; uses: readonly number[] }>();
    for (const { rule, name, expression: text } of metas) {
      const expression = withGlobs(parseMeta(text), name, [...indexOf.keys()]);
      const names = new Set(namesIn(expression));
      names.delete('local_tests_only');
      const missing = [...names].filter((one) => !indexOf.has(one));
      if (missing.length > 0)
        faults.push({ rule, text: `counts as 0, as it is not there: ${missing.join(', ')}`, fatal: false });
      parsed.set(rule, { expression, uses: [...names].flatMap((one) => indexOf.get(one) ?? []) });
    }
    const sorted = sortByUse(new Map([...parsed].map(([rule, { uses }]) => [rule, uses])));
    for (const rule of sorted.circular)
      faults.push({ rule, text: 'uses itself, by way of others', fatal: true });
    this.faults = faults;
    this.uses = new Map([...parsed].map(([rule, { uses }]) => [rule, uses]));
    const quiet = new Float64Array(count);
    const users = Array.from({ length: count }, (): number[] => []);
    const popularity = new Map<string, number>();
    for (const { expression } of parsed.values())
      for (const name of new Set(namesIn(expression))) popularity.set(name, (popularity.get(name) ?? 0) + 1);
    this.order = sorted.order.map((rule, place) => {
      const meta = parsed.get(rule);
      if (meta === undefined) throw new Error('only metas are sorted');
      const evaluate = compile(meta.expression, indexOf);
      quiet[rule] = evaluate(quiet);
      const wakers =
        quiet[rule] === 0 ? wakersOf(meta.expression, { quiet, indexOf, popularity }) : undefined;
      const waking = wakers?.flatMap((name) => indexOf.get(name) ?? []) ?? meta.uses;
      for (const used of new Set(waking)) users[used]?.push(place);
      return { rule, evaluate };
    });
    this.users = users;
    this.dirty = new Uint8Array(this.order.length);
    this.quiet = quiet;
  }

  /**
   * Sets the values of all metas; `values` holds those of the other rules, and 0 for metas. Only those that may have
   * another value by a rule that hit are worked out anew.
   */
  evaluate(values: Float64Array): void {
    const { dirty, order, users, quiet } = this;
    dirty.fill(0);
    for (let rule = 0; rule < values.length; rule++) {
      if (values[rule] === 0) continue;
      const places = users[rule]!;
      for (let i = 0; i < places.length; i++) dirty[places[i]!] = 1;
    }
    for (let place = 0; place < order.length; place++) {
      const { rule, evaluate } = order[place]!;
      const before = quiet[rule]!;
      const value = dirty[place] === 1 ? evaluate(values) : before;
      values[rule] = value;
      if (value !== before) for (const user of users[rule]!) dirty[user] = 1;
    }
  }
}

interface Known {
  /** By rule: its value when nothing hits. */
  readonly quiet: Float64Array;
  readonly indexOf: ReadonlyMap<string, number>;
  /** By name: how many metas use it. */
  readonly popularity: ReadonlyMap<string, number>;
}

/**
 * Rules without one of which the expression is 0: of `A && B` those of one side will do, of which the side is taken that
 * fewer metas use, as what many use hits often. Undefined where there are none: it is not 0 when nothing hits.
 */
function wakersOf(expression: Expression, known: Known): readonly string[] | undefined {
  switch (expression.kind) {
    case 'number':
      return expression.value === 0 ? [] : undefined;
    case 'name': {
      const index = known.indexOf.get(expression.name);
      if (index === undefined) return [];
      return known.quiet[index] === 0 ? [expression.name] : undefined;
    }
    case 'binary': {
      const { operator } = expression;
      if (operator !== '&&' && operator !== '||' && operator !== '+') break;
      const left = wakersOf(expression.left, known);
      const right = wakersOf(expression.right, known);
      if (operator === '&&') return rarer(left, right, known);
      return left === undefined || right === undefined ? undefined : [...left, ...right];
    }
  }
  return compile(expression, known.indexOf)(known.quiet) === 0 ? namesIn(expression) : undefined;
}

function rarer(
  one: readonly string[] | undefined,
  other: readonly string[] | undefined,
  { popularity }: Known,
): readonly string[] | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  const uses = (names: readonly string[]): number =>
    names.reduce((sum, name) => sum + (popularity.get(name) ?? 0), 0);
  return uses(other) < uses(one) ? other : one;
}

function compile(expression: Expression, indexOf: ReadonlyMap<string, number>): Evaluate {
  switch (expression.kind) {
    case 'number': {
      const { value } = expression;
      return () => value;
    }
    case 'name': {
      const index = indexOf.get(expression.name);
      return index === undefined ? () => 0 : (values) => values[index]!;
    }
    case 'call':
      return () => 0;
    case 'unary': {
      const operand = compile(expression.operand, indexOf);
      return expression.operator === '!'
        ? (values) => (operand(values) === 0 ? 1 : 0)
        : (values) => -operand(values);
    }
    case 'binary': {
      const any = anyOf(expression, indexOf);
      if (any !== undefined) return any;
      const left = compile(expression.left, indexOf);
      const right = compile(expression.right, indexOf);
      const { operator } = expression;
      if (operator === '&&') return (values) => (left(values) === 0 ? 0 : right(values));
      if (operator === '||') return (values) => left(values) || right(values);
      if (operator === '+') return (values) => left(values) + right(values);
      return (values) => operate(operator, left(values), right(values));
    }
    case 'choice': {
      const test = compile(expression.test, indexOf);
      const yes = compile(expression.yes, indexOf);
      const no = compile(expression.no, indexOf);
      return (values) => (test(values) === 0 ? no(values) : yes(values));
    }
  }
}

/** Names in a row, joined by `||` or `+`, are looked at in one loop; undefined for what is no such row. */
function anyOf(
  expression: Extract<Expression, { kind: 'binary' }>,
  indexOf: ReadonlyMap<string, number>,
): Evaluate | undefined {
  const { operator } = expression;
  if (operator !== '||' && operator !== '+') return undefined;
  const names: string[] = [];
  let rest: Expression = expression;
  // Both operators group to the left.
  while (rest.kind === 'binary' && rest.operator === operator && rest.right.kind === 'name') {
    names.push(rest.right.name);
    rest = rest.left;
  }
  if (names.length < MIN_ROW) return undefined;
  const first = compile(rest, indexOf);
  const row = Int32Array.from(names.toReversed().flatMap((name) => indexOf.get(name) ?? []));
  if (operator === '+')
    return (values) => {
      let sum = first(values);
      for (let i = 0; i < row.length; i++) sum += values[row[i]!]!;
      return sum;
    };
  return (values) => {
    let value = first(values);
    for (let i = 0; i < row.length && !value; i++) value = values[row[i]!]!;
    return value;
  };
}

/** `rules_matching(GLOB)` as the sum it stands for; the rule itself is not part of it. */
function withGlobs(expression: Expression, self: string, names: readonly string[]): Expression {
  const replace = (one: Expression): Expression => withGlobs(one, self, names);
  switch (expression.kind) {
    case 'call': {
      const glob = globExpression(expression.argument);
      return names
        .filter((name) => name !== self && glob.test(name))
        .reduce<Expression>(
          (left, name) => ({ kind: 'binary', operator: '+', left, right: { kind: 'name', name } }),
          { kind: 'number', value: 0 },
        );
    }
    case 'unary':
      return { ...expression, operand: replace(expression.operand) };
    case 'binary':
      return { ...expression, left: replace(expression.left), right: replace(expression.right) };
    case 'choice':
      return {
        kind: 'choice',
        test: replace(expression.test),
        yes: replace(expression.yes),
        no: replace(expression.no),
      };
    default:
      return expression;
  }
}

/** Metas in an order in which each comes behind those it uses; those in a circle, and what uses them, are left out. */
function sortByUse(uses: ReadonlyMap<number, readonly number[]>): { order: number[]; circular: number[] } {
  const waiting = new Map<number, number>();
  const users = new Map<number, number[]>();
  for (const [meta, used] of uses) {
    const metas = used.filter((rule) => uses.has(rule));
    waiting.set(meta, metas.length);
    for (const rule of metas) users.set(rule, [...(users.get(rule) ?? []), meta]);
  }
  const order = [...waiting].filter(([, count]) => count === 0).map(([meta]) => meta);
  for (let i = 0; i < order.length; i++)
    for (const user of users.get(order[i]!) ?? []) {
      const left = (waiting.get(user) ?? 0) - 1;
      waiting.set(user, left);
      if (left === 0) order.push(user);
    }
  return { order, circular: [...waiting].filter(([, count]) => count > 0).map(([meta]) => meta) };
}

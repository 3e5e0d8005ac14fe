import type { Hit } from '../types.ts';
import { type Expression, ExpressionError, parseExpression, symbolsOf } from './parse.ts';
import type { CompositePolicy, CompositeSettings } from './types.ts';

/** Composites ready to be evaluated, those that others use first. */
export interface Composites {
  readonly ordered: readonly Composite[];
  /** Names used in expressions that neither a check nor a composite gives: most likely misspelt. */
  readonly unknown: readonly { readonly composite: string; readonly symbol: string }[];
}

interface Composite {
  readonly name: string;
  readonly expression: Expression;
  readonly score: number;
  readonly policy: CompositePolicy;
}

/** A composite that cannot be used: its name, and where in its expression the fault is. */
export class CompositeError extends Error {
  readonly composite: string;
  /** The message without the name. */
  readonly fault: string;
  readonly position: number;
  constructor(composite: string, fault: string, position: number) {
    super(`composite ${composite}: ${fault}`);
    this.composite = composite;
    this.fault = fault;
    this.position = position;
  }
}

/**
 * Parses and orders composites. `known` holds the symbols of the checks. Throws {@link CompositeError} for a fault of
 * syntax, for a name that is not a symbol, for a name a check has already, and for composites that use each other in a circle.
 */
export function compileComposites(
  settings: Readonly<Record<string, CompositeSettings>>,
  known: ReadonlySet<string>,
): Composites {
  const parsed = new Map<string, Composite>();
  for (const [name, { expression, score, policy }] of Object.entries(settings)) {
    if (!/^[A-Z][A-Z0-9_]{0,79}$/.test(name))
      throw new CompositeError(name, 'the name is not a symbol (A-Z, 0-9, _; at most 80)', 0);
    if (known.has(name)) throw new CompositeError(name, 'a check has a symbol of this name', 0);
    try {
      parsed.set(name, {
        name,
        expression: parseExpression(expression),
        score,
        policy: policy ?? 'remove_all',
      });
    } catch (error) {
      if (!(error instanceof ExpressionError)) throw error;
      throw new CompositeError(name, error.message, error.position);
    }
  }

  const ordered: Composite[] = [];
  const unknown: { composite: string; symbol: string }[] = [];
  const state = new Map<string, 'open' | 'done'>();
  // An explicit stack: a chain of composites may be longer than the call stack is deep.
  for (const start of parsed.values()) {
    const stack: { composite: Composite; uses: string[] }[] = [];
    const open = (composite: Composite): void => {
      state.set(composite.name, 'open');
      stack.push({ composite, uses: [...symbolsOf(composite.expression)] });
    };
    if (!state.has(start.name)) open(start);
    for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
      const symbol = frame.uses.pop();
      if (symbol === undefined) {
        state.set(frame.composite.name, 'done');
        ordered.push(frame.composite);
        stack.pop();
        continue;
      }
      const used = parsed.get(symbol);
      if (used === undefined) {
        if (!known.has(symbol)) unknown.push({ composite: frame.composite.name, symbol });
      } else if (state.get(symbol) === 'open') {
        const circle = [...stack.map(({ composite }) => composite.name), symbol];
        const position = settings[frame.composite.name]?.expression.indexOf(symbol) ?? 0;
        throw new CompositeError(frame.composite.name, `uses itself: ${circle.join(' → ')}`, position);
      } else if (!state.has(symbol)) open(used);
    }
  }
  return { ordered, unknown };
}

/**
 * Adds the hits of composites to those of the checks and takes away what their policies say. Every composite sees all
 * symbols that hit, also those another composite took away, so the result does not depend on their order.
 * Symbols in `disabled` are never added.
 */
export function applyComposites(
  hits: readonly Hit[],
  composites: Composites,
  scores: Readonly<Record<string, number>>,
  disabled: ReadonlySet<string>,
): Hit[] {
  const present = new Set(hits.map(({ symbol }) => symbol));
  const added: Hit[] = [];
  const withoutScore = new Set<string>();
  const removed = new Set<string>();
  for (const { name, expression, score, policy } of composites.ordered) {
    if (disabled.has(name) || !holds(expression, present)) continue;
    present.add(name);
    const used = evidence(expression, present);
    added.push({ symbol: name, score: scores[name] ?? score, detail: used.join(' ') });
    if (policy === 'leave') continue;
    for (const symbol of used) (policy === 'remove_all' ? removed : withoutScore).add(symbol);
  }
  if (added.length === 0) return [...hits];
  return [...hits, ...added]
    .filter(({ symbol }) => !removed.has(symbol))
    .map((hit) => (withoutScore.has(hit.symbol) ? { ...hit, score: 0 } : hit));
}

function holds(expression: Expression, present: ReadonlySet<string>): boolean {
  switch (expression.kind) {
    case 'symbol':
      return present.has(expression.name);
    case 'not':
      return !holds(expression.operand, present);
    case 'and':
      return expression.operands.every((operand) => holds(operand, present));
    case 'or':
      return expression.operands.some((operand) => holds(operand, present));
  }
}

/** The symbols that made it true: those that hit and are not under a negation. */
function evidence(expression: Expression, present: ReadonlySet<string>, into: string[] = []): string[] {
  if (expression.kind === 'symbol') {
    if (present.has(expression.name) && !into.includes(expression.name)) into.push(expression.name);
  } else if (expression.kind !== 'not') {
    for (const operand of expression.operands) evidence(operand, present, into);
  }
  return into;
}

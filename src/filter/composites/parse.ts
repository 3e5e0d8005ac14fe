/**
 * The expressions of composites, after rspamd's:
 *
 *     expression = conjunction *( ( "|" / "||" / "or" ) conjunction )
 *     conjunction = factor *( ( "&" / "&&" / "and" ) factor )
 *     factor = ( "!" / "not" ) factor / "(" expression ")" / symbol
 *     symbol = ( ALPHA / "_" ) *( ALPHA / DIGIT / "_" )
 */

/** Longest expression: a person wrote it, and a thousand symbols fit. */
const MAX_EXPRESSION_LENGTH = 16_384;
/** Deepest nesting of parentheses and negations: far above what can be read, far below what the stack holds. */
const MAX_DEPTH = 64;

export type Expression =
  | { readonly kind: 'symbol'; readonly name: string }
  | { readonly kind: 'not'; readonly operand: Expression }
  | { readonly kind: 'and' | 'or'; readonly operands: readonly Expression[] };

/** A fault in an expression. `position` counts characters from 0. */
export class ExpressionError extends Error {
  readonly position: number;
  constructor(message: string, position: number) {
    super(`${message} at position ${position}`);
    this.position = position;
  }
}

interface Token {
  kind: 'symbol' | 'and' | 'or' | 'not' | '(' | ')' | 'end';
  text: string;
  position: number;
}

const WORDS: Readonly<Record<string, Token['kind']>> = { and: 'and', or: 'or', not: 'not' };
const SIGNS: Readonly<Record<string, Token['kind']>> = {
  '&': 'and',
  '&&': 'and',
  '|': 'or',
  '||': 'or',
  '!': 'not',
  '(': '(',
  ')': ')',
};

function tokens(source: string): Token[] {
  const found: Token[] = [];
  const pattern = /\s*(?:([A-Za-z_][A-Za-z0-9_]*)|(&&?|\|\|?|[!()]))/y;
  while (pattern.lastIndex < source.length) {
    const from = pattern.lastIndex;
    const match = pattern.exec(source);
    if (match === null) {
      const rest = source.slice(from).trimStart();
      if (rest === '') break;
      throw new ExpressionError(`unexpected "${rest.slice(0, 1)}"`, source.length - rest.length);
    }
    const text = match[1] ?? match[2] ?? '';
    const kind = match[1] === undefined ? SIGNS[text] : (WORDS[text.toLowerCase()] ?? 'symbol');
    found.push({ kind: kind ?? 'symbol', text, position: pattern.lastIndex - text.length });
  }
  found.push({ kind: 'end', text: 'end of expression', position: source.length });
  return found;
}

/** Parses a composite's expression. Throws {@link ExpressionError}. */
export function parseExpression(source: string): Expression {
  if (source.length > MAX_EXPRESSION_LENGTH)
    throw new ExpressionError(`longer than ${MAX_EXPRESSION_LENGTH} characters`, MAX_EXPRESSION_LENGTH);
  const list = tokens(source);
  let at = 0;
  let depth = 0;
  const peek = (): Token => list[at] ?? { kind: 'end', text: '', position: source.length };

  function operands(operator: 'and' | 'or', operand: () => Expression): Expression {
    const found = [operand()];
    while (peek().kind === operator) {
      at++;
      found.push(operand());
    }
    const [first] = found;
    return found.length === 1 && first !== undefined ? first : { kind: operator, operands: found };
  }
  const expression = (): Expression => operands('or', conjunction);
  const conjunction = (): Expression => operands('and', factor);
  function factor(): Expression {
    const token = peek();
    at++;
    if (token.kind === 'symbol') return { kind: 'symbol', name: token.text };
    if (token.kind !== 'not' && token.kind !== '(')
      throw new ExpressionError(`expected a symbol, "!" or "(", found "${token.text}"`, token.position);
    if (++depth > MAX_DEPTH) throw new ExpressionError(`nested deeper than ${MAX_DEPTH}`, token.position);
    let result: Expression;
    if (token.kind === 'not') result = { kind: 'not', operand: factor() };
    else {
      result = expression();
      const closing = peek();
      if (closing.kind !== ')')
        throw new ExpressionError(`expected ")", found "${closing.text}"`, closing.position);
      at++;
    }
    depth--;
    return result;
  }

  const result = expression();
  const rest = peek();
  if (rest.kind !== 'end')
    throw new ExpressionError(`expected an operator, found "${rest.text}"`, rest.position);
  return result;
}

/** Every symbol named in an expression, once. */
export function symbolsOf(expression: Expression, into = new Set<string>()): Set<string> {
  if (expression.kind === 'symbol') into.add(expression.name);
  else if (expression.kind === 'not') symbolsOf(expression.operand, into);
  else for (const operand of expression.operands) symbolsOf(operand, into);
  return into;
}

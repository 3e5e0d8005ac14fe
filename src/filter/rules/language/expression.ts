/**
 * The expressions of `if` lines and of meta rules, with the precedence of Perl:
 *
 *     choice  = or ["?" choice ":" choice]
 *     or      = and *("||" and)                and     = bits *("&&" bits)
 *     bits    = equal *(("|" / "^" / "&") equal)
 *     equal   = order *(("==" / "!=") order)   order   = sum *(("<" / "<=" / ">" / ">=") sum)
 *     sum     = term *(("+" / "-") term)       term    = unary *(("*" / "/" / "%") unary)
 *     unary   = ["!" / "-" / "+"] unary / primary
 *     primary = number / name / name "(" argument ")" / "(" choice ")"
 */
import { RULE_LIMITS } from '../limits.ts';

export type Expression =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'call'; readonly name: string; readonly argument: string }
  | { readonly kind: 'unary'; readonly operator: '!' | '-'; readonly operand: Expression }
  | {
      readonly kind: 'binary';
      readonly operator: Operator;
      readonly left: Expression;
      readonly right: Expression;
    }
  | { readonly kind: 'choice'; readonly test: Expression; readonly yes: Expression; readonly no: Expression };

/** Weakest first; those of a row bind alike. */
const LEVELS = [
  ['||'],
  ['&&'],
  ['|', '^'],
  ['&'],
  ['==', '!='],
  ['<=', '>=', '<', '>'],
  ['+', '-'],
  ['*', '/', '%'],
] as const;

export type Operator = (typeof LEVELS)[number][number];

const TOKEN = /\s*(?:(\d+(?:\.\d+)?|\.\d+)|([A-Za-z_][\w:]*)|(\|\||&&|==|!=|<=|>=|[-+*/%<>!?:()|^&])|(\S))/y;
/** Calls take what stands in their parentheses as one word: a class name, or rule names with `*` and `?`. */
const ARGUMENT = /\s*\(\s*([\w:.*?]+)\s*\)/y;
/** Parentheses inside parentheses: each is a few steps deeper into this parser. */
const MAX_DEPTH = 100;

export class ExpressionError extends Error {}

/** Throws {@link ExpressionError}. `calls`: names that are called with an argument. */
export function parseExpression(text: string, calls: ReadonlySet<string>): Expression {
  return new Parser(text, calls).parse();
}

class Parser {
  private readonly text: string;
  private readonly calls: ReadonlySet<string>;
  private position = 0;
  private tokens = 0;
  private depth = 0;
  /** What stands at the position: number, name or operator; '' at the end. */
  private token = '';

  constructor(text: string, calls: ReadonlySet<string>) {
    this.text = text.trimEnd();
    this.calls = calls;
  }

  parse(): Expression {
    this.advance();
    const expression = this.choice();
    if (this.token !== '') throw new ExpressionError(`"${this.token}" is not expected`);
    return expression;
  }

  private advance(): void {
    if (++this.tokens > RULE_LIMITS.metaTokens)
      throw new ExpressionError(`more than ${RULE_LIMITS.metaTokens} names and operators`);
    TOKEN.lastIndex = this.position;
    const match = TOKEN.exec(this.text);
    if (match?.[4] !== undefined) throw new ExpressionError(`"${match[4]}" is not expected`);
    this.token = match?.[1] ?? match?.[2] ?? match?.[3] ?? '';
    if (match !== null) this.position = TOKEN.lastIndex;
  }

  private take(token: string): boolean {
    if (this.token !== token) return false;
    this.advance();
    return true;
  }

  private choice(): Expression {
    if (++this.depth > MAX_DEPTH) throw new ExpressionError(`parentheses more than ${MAX_DEPTH} deep`);
    const test = this.binary(0);
    let expression = test;
    if (this.take('?')) {
      const yes = this.choice();
      if (!this.take(':')) throw new ExpressionError('"?" without its ":"');
      expression = { kind: 'choice', test, yes, no: this.choice() };
    }
    this.depth--;
    return expression;
  }

  private binary(level: number): Expression {
    const operators: readonly string[] | undefined = LEVELS[level];
    if (operators === undefined) return this.unary();
    let left = this.binary(level + 1);
    while (operators.includes(this.token)) {
      const operator = this.token as Operator;
      this.advance();
      left = { kind: 'binary', operator, left, right: this.binary(level + 1) };
    }
    return left;
  }

  private unary(): Expression {
    // A row of signs is no reason to go deeper and deeper.
    const signs: ('!' | '-')[] = [];
    for (;;)
      if (this.token === '!' || this.token === '-') {
        signs.push(this.token);
        this.advance();
      } else if (!this.take('+')) break;
    return signs.reduceRight<Expression>(
      (operand, operator) => ({ kind: 'unary', operator, operand }),
      this.primary(),
    );
  }

  private primary(): Expression {
    const { token } = this;
    if (this.take('(')) {
      const expression = this.choice();
      if (!this.take(')')) throw new ExpressionError('"(" without its ")"');
      return expression;
    }
    if (/^[\d.]/.test(token)) {
      this.advance();
      return { kind: 'number', value: Number(token) };
    }
    if (!/^[A-Za-z_]/.test(token))
      throw new ExpressionError(token === '' ? 'ends too early' : `"${token}" is not expected`);
    if (this.calls.has(token)) {
      ARGUMENT.lastIndex = this.position;
      const argument = ARGUMENT.exec(this.text)?.[1];
      if (argument === undefined) throw new ExpressionError(`${token} without an argument`);
      this.position = ARGUMENT.lastIndex;
      this.advance();
      return { kind: 'call', name: token, argument };
    }
    this.advance();
    return { kind: 'name', name: token };
  }
}

/** The value of an operation on numbers as Perl has it: truth is 1, falsehood 0, a division by zero 0. */
export function operate(operator: Operator, left: number, right: number): number {
  switch (operator) {
    case '||':
      return left !== 0 ? left : right;
    case '&&':
      return left !== 0 ? right : 0;
    case '|':
      return left | right;
    case '^':
      return left ^ right;
    case '&':
      return left & right;
    case '==':
      return Number(left === right);
    case '!=':
      return Number(left !== right);
    case '<':
      return Number(left < right);
    case '<=':
      return Number(left <= right);
    case '>':
      return Number(left > right);
    case '>=':
      return Number(left >= right);
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return right === 0 ? 0 : left / right;
    case '%':
      return Math.trunc(right) === 0 ? 0 : Math.trunc(left) % Math.trunc(right);
  }
}

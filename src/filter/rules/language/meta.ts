import { type Expression, ExpressionError, parseExpression } from './expression.ts';

const CALLS = new Set(['rules_matching']);

/** Reads the expression of a meta rule. Throws {@link ExpressionError}. */
export function parseMeta(text: string): Expression {
  const expression = parseExpression(text, CALLS);
  checkNames(expression);
  return expression;
}

function checkNames(expression: Expression): void {
  for (const name of namesIn(expression))
    if (!/^[A-Za-z_]\w*$/.test(name)) throw new ExpressionError(`"${name}" is no rule name`);
}

/** The rules an expression names, doubles included; globs are not spelt out. */
export function namesIn(expression: Expression): string[] {
  const names: string[] = [];
  const open: Expression[] = [expression];
  for (let next = open.pop(); next !== undefined; next = open.pop())
    if (next.kind === 'name') names.push(next.name);
    else if (next.kind === 'unary') open.push(next.operand);
    else if (next.kind === 'binary') open.push(next.left, next.right);
    else if (next.kind === 'choice') open.push(next.test, next.yes, next.no);
  return names;
}

/** The names that `rules_matching(GLOB)` means; `*` and `?` as in file names. */
export function globExpression(glob: string): RegExp {
  return new RegExp(`^${glob.replaceAll('?', '.').replaceAll('*', '.*')}$`);
}

import { type Expression, operate, parseExpression } from './expression.ts';
import { hasFeature, LANGUAGE_VERSION, standsForPlugin } from './plugins.ts';

const CALLS = new Set(['plugin', 'can', 'has']);
/** The Perl that a 4.0.1 of today runs on. */
const PERL_VERSION = 5.036;

/** Whether the lines behind `if` are read. Throws `ExpressionError`. */
export function conditionHolds(text: string, localTestsOnly: boolean): boolean {
  return value(parseExpression(text, CALLS), localTestsOnly) !== 0;
}

function value(expression: Expression, local: boolean): number {
  switch (expression.kind) {
    case 'number':
      return expression.value;
    case 'call':
      return Number(
        expression.name === 'plugin' ? standsForPlugin(expression.argument) : hasFeature(expression.argument),
      );
    case 'name':
      if (expression.name === 'version') return Number(LANGUAGE_VERSION);
      if (expression.name === 'perl_version') return PERL_VERSION;
      return Number(expression.name === 'local_tests_only' && local);
    case 'unary': {
      const operand = value(expression.operand, local);
      return expression.operator === '!' ? Number(operand === 0) : -operand;
    }
    case 'binary':
      return operate(expression.operator, value(expression.left, local), value(expression.right, local));
    case 'choice':
      return value(value(expression.test, local) !== 0 ? expression.yes : expression.no, local);
  }
}

import { type Expression, operate, parseExpression } from './expression.ts';
import { hasFeature, LANGUAGE_VERSION, standsForPlugin } from './plugins.ts';

const CALLS = new Set(['plugin', 'can', 'has']);
/** The Perl that a 4.0.1 of today runs on. */
const PERL_VERSION = 5.036;

/** What conditions ask about, besides the version. */
export interface Surroundings {
  readonly localTestsOnly: boolean;
  /** Plugins that were loaded by name. */
  readonly plugins: ReadonlySet<string>;
}

/** Whether the lines behind `if` are read. Throws `ExpressionError`. */
export function conditionHolds(text: string, surroundings: Surroundings): boolean {
  return value(parseExpression(text, CALLS), surroundings) !== 0;
}

function value(expression: Expression, local: Surroundings): number {
  switch (expression.kind) {
    case 'number':
      return expression.value;
    case 'call':
      return Number(
        expression.name === 'plugin'
          ? standsForPlugin(expression.argument, local.plugins)
          : hasFeature(expression.argument, local.plugins),
      );
    case 'name':
      if (expression.name === 'version') return Number(LANGUAGE_VERSION);
      if (expression.name === 'perl_version') return PERL_VERSION;
      return Number(expression.name === 'local_tests_only' && local.localTestsOnly);
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

import type { Call } from '../call.ts';
import type { Compiler } from '../compiler.ts';
import type { Foregone, TestDefinition } from '../definitions.ts';
import { Label } from '../program.ts';

/** Tests in order, until one has the outcome that decides. */
function compileUntil(decisive: boolean, call: Call, compiler: Compiler): Foregone | undefined {
  const end = new Label();
  const outcomes: (Foregone | undefined)[] = [];
  for (const [index, test] of call.tests.entries()) {
    if (index > 0) compiler.emit({ op: 'jump-if', when: decisive, to: end });
    const outcome = compiler.test(test);
    outcomes.push(outcome);
    // The tests behind it are never done, and may be of another engine (RFC 5463 §4).
    if (outcome?.lenient === true && outcome.truth === decisive) break;
  }
  compiler.mark(end);
  const decided = outcomes.findLast((outcome) => outcome?.truth === decisive);
  if (decided !== undefined) return decided;
  if (outcomes.includes(undefined)) return undefined;
  return { truth: !decisive, lenient: outcomes.some((outcome) => outcome?.lenient === true) };
}

/** RFC 5228 §5.2. */
export const allof: TestDefinition = {
  name: 'allof',
  tests: 'list',
  compile: (call, compiler) => compileUntil(false, call, compiler),
};

/** RFC 5228 §5.3. */
export const anyof: TestDefinition = {
  name: 'anyof',
  tests: 'list',
  compile: (call, compiler) => compileUntil(true, call, compiler),
};

/** RFC 5228 §5.8. */
export const not: TestDefinition = {
  name: 'not',
  tests: 'one',
  compile(call, compiler) {
    let outcome: Foregone | undefined;
    for (const test of call.tests) outcome = compiler.test(test);
    compiler.emit({ op: 'not' });
    return outcome === undefined ? undefined : { ...outcome, truth: !outcome.truth };
  },
};

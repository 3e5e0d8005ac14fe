import type { Call } from '../call.ts';
import type { Compiler } from '../compiler.ts';
import type { TestDefinition } from '../definitions.ts';
import { Label } from '../program.ts';

/** Tests in order, until one has the outcome that decides. */
function compileUntil(decisive: boolean, call: Call, compiler: Compiler): void {
  const end = new Label();
  for (const [index, test] of call.tests.entries()) {
    if (index > 0) compiler.emit({ op: 'jump-if', when: decisive, to: end });
    compiler.test(test);
  }
  compiler.mark(end);
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
    for (const test of call.tests) compiler.test(test);
    compiler.emit({ op: 'not' });
  },
};

import type { Compiler } from '../compiler.ts';
import type { Foregone, TestDefinition } from '../definitions.ts';

function compileConstant(truth: boolean, compiler: Compiler): Foregone {
  compiler.emit({ op: 'truth', value: truth });
  return { truth, lenient: false };
}

/** RFC 5228 §5.10. */
export const trueTest: TestDefinition = {
  name: 'true',
  compile: (_call, compiler) => compileConstant(true, compiler),
};

/** RFC 5228 §5.6. */
export const falseTest: TestDefinition = {
  name: 'false',
  compile: (_call, compiler) => compileConstant(false, compiler),
};

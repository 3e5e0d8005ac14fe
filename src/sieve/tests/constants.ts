import type { TestDefinition } from '../definitions.ts';

/** RFC 5228 §5.10. */
export const trueTest: TestDefinition = {
  name: 'true',
  compile: (_call, compiler) => compiler.emit({ op: 'truth', value: true }),
};

/** RFC 5228 §5.6. */
export const falseTest: TestDefinition = {
  name: 'false',
  compile: (_call, compiler) => compiler.emit({ op: 'truth', value: false }),
};

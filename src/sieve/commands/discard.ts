import type { CommandDefinition } from '../definitions.ts';

/** RFC 5228 §4.4. */
export const discard: CommandDefinition = {
  name: 'discard',
  compile(call, compiler) {
    compiler.emitAction(call, () => ({ type: 'discard', line: call.line }));
  },
};

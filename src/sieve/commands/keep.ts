import type { CommandDefinition } from '../definitions.ts';

/** RFC 5228 §4.3. */
export const keep: CommandDefinition = {
  name: 'keep',
  compile(call, compiler) {
    compiler.emitAction(call, () => ({ type: 'keep', line: call.line, implicit: false }));
  },
};

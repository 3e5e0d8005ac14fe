import type { CommandDefinition } from '../definitions.ts';

/** RFC 5228 §3.2. */
export const require: CommandDefinition = {
  name: 'require',
  eachFault: true,
  parameters: [{ name: 'capabilities', type: 'string-list', constant: true }],
  compile(call, compiler, { depth, previous }) {
    if (depth > 0 || (previous !== undefined && previous !== 'require')) {
      compiler.diagnostics.error(call, 'require must stand at the beginning of the script');
      return;
    }
    for (const { offset, line, constant } of call.strings('capabilities').items)
      compiler.require({ kind: 'string', value: constant ?? '', offset, line });
  },
};

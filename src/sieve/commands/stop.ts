import type { CommandDefinition } from '../definitions.ts';

/** RFC 5228 §3.3: ends the script; the implicit keep is done when nothing cancelled it. */
export const stop: CommandDefinition = {
  name: 'stop',
  compile(call, compiler) {
    compiler.emit({ op: 'stop', line: call.line });
    return true;
  },
};

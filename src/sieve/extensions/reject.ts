import { rejectAction } from '../actions/reject.ts';
import type { CommandDefinition, Extension } from '../definitions.ts';

/** A command that refuses the message with a reason. */
export function rejectCommand(kind: 'reject' | 'ereject'): CommandDefinition {
  return {
    name: kind,
    parameters: [{ name: 'reason', type: 'string' }],
    compile(call, compiler) {
      const reason = call.string('reason');
      compiler.emitAction(call, (state) => ({
        type: 'reject',
        line: call.line,
        reason: reason.get(state),
        kind,
      }));
    },
  };
}

/** RFC 5429 §2.2: refuses at SMTP time, or by a message that tells the sender. */
export const reject: Extension = {
  capability: 'reject',
  commands: [rejectCommand('reject')],
  actions: [rejectAction],
};

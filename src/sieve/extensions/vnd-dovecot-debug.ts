import { debugSlot } from '../debug-log.ts';
import type { CommandDefinition, Extension } from '../definitions.ts';

/** A line of a log; the rest is left out. */
const MAX_LENGTH = 1000;

/** Writes a line to the log of the script's owner. */
const debugLog: CommandDefinition = {
  name: 'debug_log',
  parameters: [{ name: 'message', type: 'string' }],
  compile(call, compiler) {
    const message = call.string('message');
    const { line } = call;
    compiler.emit({
      op: 'do',
      line,
      run(state) {
        const text = message.get(state).slice(0, MAX_LENGTH).toWellFormed();
        state.trace(() => `debug_log ${JSON.stringify(text)}`);
        const lines = state.slots.get(debugSlot);
        if (lines.length < state.limits.debugLines) lines.push({ line, text });
      },
    });
  },
};

/** Pigeonhole's "vnd.dovecot.debug". */
export const vndDovecotDebug: Extension = {
  capability: 'vnd.dovecot.debug',
  commands: [debugLog],
};

import type { CommandDefinition, Extension, TestDefinition } from '../definitions.ts';

/**
 * RFC 5463 §4: whether all of the capabilities can be used. If so, they may be used from there on as if they had been
 * required; what can only be reached when they cannot is not compiled.
 */
const ihaveTest: TestDefinition = {
  name: 'ihave',
  parameters: [{ name: 'capabilities', type: 'string-list', constant: true }],
  compile(call, compiler) {
    const names = call.strings('capabilities').constant ?? [];
    const truth = compiler.have(names);
    compiler.emit({
      op: 'test',
      line: call.line,
      run(state) {
        state.trace(() => `ihave ${names.map((name) => JSON.stringify(name)).join(', ')}: ${truth}`);
        return truth;
      },
    });
    return { truth, lenient: true };
  },
};

/** RFC 5463 §5: ends the script as a fault of it would. */
const error: CommandDefinition = {
  name: 'error',
  parameters: [{ name: 'message', type: 'string' }],
  compile(call, compiler) {
    const message = call.string('message');
    compiler.emit({ op: 'do', line: call.line, run: (state) => state.fail(`error: ${message.get(state)}`) });
    return true;
  },
};

/** RFC 5463. */
export const ihave: Extension = {
  capability: 'ihave',
  commands: [error],
  tests: [ihaveTest],
};

import type { CommandDefinition, TestDefinition } from '../definitions.ts';
import { emitMatch } from '../matching/emit.ts';
import { onBench } from './ask.ts';
import type { Bench } from './bench.ts';
import type { RunState } from '../state.ts';

/** A test that compares strings the bench gives with keys; `:index` picks one of them, from 1. */
function listTest(name: string, list: (bench: Bench, state: RunState) => readonly string[]): TestDefinition {
  return {
    name,
    tags: [{ name: 'index', argument: 'number' }],
    parameters: [{ name: 'key list', type: 'string-list' }],
    matching: true,
    comparator: 'i;octet',
    compile(call, compiler) {
      const index = call.tags.get('index')?.argument;
      emitMatch(compiler, call, 'key list', {
        *ask(state) {
          let values: readonly string[] = [];
          yield* onBench((bench) => {
            values = list(bench, state);
            return true;
          });
          if (index?.type !== 'number') return values;
          const value = values[index.value - 1];
          return value === undefined ? [] : [value];
        },
      });
    },
  };
}

/** `test_result_action`: the names of the actions that wait to be done. */
export const testResultAction = listTest('test_result_action', (bench, state) => bench.pendingActions(state));

/** `test_error`: the errors of the last script that was compiled, run or executed. */
export const testError = listTest('test_error', (bench) => bench.errors);

/** `test_result_execute`: does what the result holds, and the implicit keep. */
export const testResultExecute: TestDefinition = {
  name: 'test_result_execute',
  compile(call, compiler) {
    compiler.emit({
      op: 'ask-test',
      line: call.line,
      run: (state) => onBench((bench) => bench.executeResult(state)),
    });
  },
};

function plain(name: string, perform: (bench: Bench, state: RunState) => void): CommandDefinition {
  return {
    name,
    compile(call, compiler) {
      compiler.emit({
        op: 'ask',
        line: call.line,
        *run(state) {
          yield* onBench((bench) => {
            perform(bench, state);
            return true;
          });
        },
      });
    },
  };
}

export const testResultReset = plain('test_result_reset', (bench, state) => bench.resetResult(state));
export const testResultPrint = plain('test_result_print', (bench, state) => bench.printResult(state));
export const testMessagePrint = plain('test_message_print', (bench, state) => bench.printMessage(state));

import type { CommandDefinition, TestDefinition } from '../definitions.ts';
import { onBench } from './ask.ts';

/** `test_script_compile PATH`: true when the script compiles; it is the one that the others run. */
export const testScriptCompile: TestDefinition = {
  name: 'test_script_compile',
  parameters: [{ name: 'path', type: 'string' }],
  compile(call, compiler) {
    const path = call.string('path');
    compiler.emit({
      op: 'ask-test',
      line: call.line,
      run: (state) => onBench((bench) => bench.compileScript(path.get(state))),
    });
  },
};

/** `test_script_run [:append_result]`: runs it; its actions wait in the result. */
export const testScriptRun: TestDefinition = {
  name: 'test_script_run',
  tags: [{ name: 'append_result' }],
  compile(call, compiler) {
    const append = call.has('append_result');
    compiler.emit({
      op: 'ask-test',
      line: call.line,
      run: (state) => onBench((bench) => bench.runScript(state, append)),
    });
  },
};

/** `test_multiscript LIST`: compiles, runs and executes one script after another, as a delivery does. */
export const testMultiscript: TestDefinition = {
  name: 'test_multiscript',
  parameters: [{ name: 'scripts', type: 'string-list' }],
  compile(call, compiler) {
    const scripts = call.strings('scripts');
    compiler.emit({
      op: 'ask-test',
      line: call.line,
      run: (state) => onBench((bench) => bench.runScripts(state, scripts.get(state))),
    });
  },
};

/** `test_binary_save NAME`, `test_binary_load NAME`: put the compiled script away, and take it back. */
function binary(name: string, perform: 'saveBinary' | 'loadBinary'): CommandDefinition {
  return {
    name,
    parameters: [{ name: 'name', type: 'string' }],
    compile(call, compiler) {
      const binaryName = call.string('name');
      compiler.emit({
        op: 'ask',
        line: call.line,
        *run(state) {
          const text = binaryName.get(state);
          const fault = `${name}: there is no compiled script for ${JSON.stringify(text)}`;
          yield* onBench((bench) => bench[perform](text) || bench.fail(state, fault));
        },
      });
    },
  };
}

export const testBinarySave = binary('test_binary_save', 'saveBinary');
export const testBinaryLoad = binary('test_binary_load', 'loadBinary');

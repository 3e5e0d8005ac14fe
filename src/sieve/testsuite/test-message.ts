import type { Call } from '../call.ts';
import type { Compiler } from '../compiler.ts';
import type { Asking, CommandDefinition, TagDefinition, TestDefinition } from '../definitions.ts';
import { Label } from '../program.ts';
import type { RunState } from '../state.ts';
import { onBench } from './ask.ts';
import { emitLeave } from './test-block.ts';

const tags: readonly TagDefinition[] = [
  { name: 'smtp', group: 'smtp or folder' },
  { name: 'folder', group: 'smtp or folder', argument: 'string' },
];
const parameters = [{ name: 'index', type: 'number' }] as const;

/** Makes the message the current one; a command counts a missing one as a failure. */
function select(call: Call, compiler: Compiler, must: boolean): (state: RunState) => Asking<boolean> {
  const folder = call.tags.get('folder')?.argument;
  const index = call.number('index');
  if (folder === undefined && !call.has('smtp'))
    compiler.diagnostics.error(call, 'test_message: needs :smtp or :folder');
  return function* (state) {
    const name = folder?.type === 'string' ? folder.value.get(state) : undefined;
    return yield* onBench((bench) => bench.selectMessage(state, name, index, must));
  };
}

/** `test_message (:smtp | :folder NAME) INDEX` as a command: the message must be there. */
export const testMessageCommand: CommandDefinition = {
  name: 'test_message',
  parameters,
  tags,
  compile(call, compiler) {
    compiler.emit({ op: 'ask-test', line: call.line, run: select(call, compiler, true) });
    const there = new Label();
    compiler.emit({ op: 'jump-if', when: true, to: there });
    emitLeave(compiler, call.line);
    compiler.mark(there);
  },
};

/** The same as a test: whether it is there. */
export const testMessage: TestDefinition = {
  name: 'test_message',
  parameters,
  tags,
  compile(call, compiler) {
    compiler.emit({ op: 'ask-test', line: call.line, run: select(call, compiler, false) });
  },
};

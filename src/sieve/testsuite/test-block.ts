import type { Compiler } from '../compiler.ts';
import type { CommandDefinition } from '../definitions.ts';
import { Label } from '../program.ts';
import { blockSlot, onBench } from './ask.ts';

/** `test NAME { … }`: one test, at the top of the file. */
export const testBlock: CommandDefinition = {
  name: 'test',
  parameters: [{ name: 'name', type: 'string' }],
  block: true,
  compile(call, compiler, place) {
    if (place.depth > 0) {
      compiler.diagnostics.error(call, 'test: must stand at the top of the file');
      return;
    }
    const name = call.string('name');
    const { line } = call;
    compiler.emit({
      op: 'ask',
      line,
      *run(state) {
        yield* onBench((bench) => {
          state.traceLines.length = 0;
          bench.reporter.begin(name.get(state), line);
          return true;
        });
      },
    });
    const block = compiler.slots.get(blockSlot);
    const end = new Label();
    block.end = end;
    compiler.block(place.block, place.depth + 1);
    block.end = undefined;
    compiler.mark(end);
    compiler.emit({
      op: 'ask',
      line,
      *run() {
        yield* onBench((bench) => {
          bench.reporter.end();
          return true;
        });
      },
    });
  },
};

/** Leaves the block of the test, or the file when it stands in none. */
export function emitLeave(compiler: Compiler, line: number): void {
  const { end } = compiler.slots.get(blockSlot);
  compiler.emit(end === undefined ? { op: 'stop', line } : { op: 'jump', to: end });
}

/** `test_fail REASON`: counts a failure and leaves the block. A script that a test has started fails instead. */
export const testFail: CommandDefinition = {
  name: 'test_fail',
  parameters: [{ name: 'reason', type: 'string' }],
  compile(call, compiler) {
    const reason = call.string('reason');
    const { line } = call;
    compiler.emit({
      op: 'ask',
      line,
      *run(state) {
        const text = reason.get(state);
        const counted = yield* onBench((bench) => bench.fail(state, text, line));
        if (!counted) state.fail(`test_fail: ${text}`);
      },
    });
    emitLeave(compiler, line);
  },
};

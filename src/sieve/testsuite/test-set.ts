import type { CommandDefinition } from '../definitions.ts';
import { shorten } from '../lexer.ts';
import { onBench } from './ask.ts';

/** What `test_set` can set. */
export const TEST_OBJECTS = [
  'message',
  'envelope.from',
  'envelope.to',
  'envelope.orig_to',
  'envelope.auth',
] as const;
export type TestObject = (typeof TEST_OBJECTS)[number];

/** `test_set OBJECT VALUE`: replaces the message, or a part of the envelope. */
export const testSet: CommandDefinition = {
  name: 'test_set',
  parameters: [
    { name: 'object', type: 'string' },
    { name: 'value', type: 'string' },
  ],
  compile(call, compiler) {
    const written = call.string('object');
    const object = TEST_OBJECTS.find((name) => name === written.constant?.toLowerCase());
    const value = call.string('value');
    if (object === undefined) {
      const shown = written.constant === undefined ? 'a variable' : JSON.stringify(shorten(written.constant));
      compiler.diagnostics.error(written, `test_set: there is no object ${shown}`);
      return;
    }
    compiler.emit({
      op: 'ask',
      line: call.line,
      *run(state) {
        const text = value.get(state);
        yield* onBench((bench) => bench.set(state, object, text));
      },
    });
  },
};

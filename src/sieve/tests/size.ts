import type { TestDefinition } from '../definitions.ts';

/** RFC 5228 §5.9: octets of the message as received; a message of just the limit is neither over nor under. */
export const size: TestDefinition = {
  name: 'size',
  tags: [
    { name: 'over', group: 'over or under' },
    { name: 'under', group: 'over or under' },
  ],
  parameters: [{ name: 'limit', type: 'number' }],
  compile(call, compiler) {
    const over = call.has('over');
    if (!over && !call.has('under')) compiler.diagnostics.error(call, 'size: needs :over or :under');
    const limit = call.number('limit');
    compiler.emit({
      op: 'test',
      line: call.line,
      run(state) {
        const octets = state.message.raw.length;
        const truth = over ? octets > limit : octets < limit;
        state.trace(() => `size :${over ? 'over' : 'under'} ${limit}: ${octets}: ${truth}`);
        return truth;
      },
    });
  },
};

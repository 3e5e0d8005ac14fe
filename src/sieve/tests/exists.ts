import type { TestDefinition } from '../definitions.ts';
import { checkFieldNames, hasField, headerQuery } from '../header-query.ts';

/** RFC 5228 §5.5: all of the header fields are there. */
export const exists: TestDefinition = {
  name: 'exists',
  parameters: [{ name: 'header names', type: 'string-list' }],
  compile(call, compiler) {
    const names = call.strings('header names');
    checkFieldNames(names, call.name, compiler);
    const query = headerQuery(call);
    compiler.emit({
      op: 'test',
      line: call.line,
      run(state) {
        const wanted = names.get(state);
        const missing = wanted.find((name) => !hasField(query, state, name));
        state.trace(() =>
          missing === undefined ? 'exists: true' : `exists: no ${JSON.stringify(missing)}: false`,
        );
        return missing === undefined;
      },
    });
  },
};

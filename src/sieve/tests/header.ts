import type { TestDefinition } from '../definitions.ts';
import { checkFieldNames, fieldsOf, headerQuery } from '../header-query.ts';
import { emitMatch, valuesKey } from '../matching/emit.ts';

/** RFC 5228 §5.7. */
export const header: TestDefinition = {
  name: 'header',
  parameters: [
    { name: 'header names', type: 'string-list' },
    { name: 'key list', type: 'string-list' },
  ],
  matching: true,
  compile(call, compiler) {
    const names = call.strings('header names');
    checkFieldNames(names, call.name, compiler);
    const query = headerQuery(call);
    emitMatch(compiler, call, 'key list', {
      key: valuesKey(call, names),
      values: (state) =>
        fieldsOf(query, state, names.get(state)).flatMap((field) => query.values(field, state)),
    });
  },
};

import type { Extension, TagDefinition } from '../definitions.ts';

/** RFC 5260 §6: of the fields with the names that are given, only the one with that number; from 1. */
const index: TagDefinition = {
  name: 'index',
  argument: 'number',
  bind(call, compiler) {
    const tag = call.tags.get('index');
    if (tag?.argument?.type !== 'number') return undefined;
    const { value } = tag.argument;
    if (value === 0) compiler.diagnostics.error(tag.node, `${call.name}: :index counts from 1`);
    const last = call.has('last');
    return {
      query: (query) => ({
        ...query,
        pick(fields) {
          const picked = query.pick(fields);
          const field = picked.at(last ? -value : value - 1);
          return field === undefined ? [] : [field];
        },
      }),
    };
  },
};

/** RFC 5260 §6: counts from the end. */
const last: TagDefinition = {
  name: 'last',
  bind(call, compiler) {
    const tag = call.tags.get('last');
    if (tag !== undefined && !call.has('index'))
      compiler.diagnostics.error(tag.node, `${call.name}: :last needs :index`);
    return undefined;
  },
};

/** RFC 5260 §6. */
export const indexExtension: Extension = {
  capability: 'index',
  tags: { header: [index, last], address: [index, last], date: [index, last] },
};

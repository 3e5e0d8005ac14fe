import type { StringValue } from '../call.ts';
import type { Compiler } from '../compiler.ts';
import type { EnvironmentItem, Extension, TestDefinition } from '../definitions.ts';
import { shorten } from '../lexer.ts';
import { emitMatch } from '../matching/emit.ts';
import { Label } from '../program.ts';
import type { RunState } from '../state.ts';

/** RFC 5183 §4.1. */
const items: readonly EnvironmentItem[] = [
  { name: 'domain', value: (state) => state.input.environment?.domain },
  { name: 'host', value: (state) => state.input.environment?.host },
  { name: 'location', value: (state) => state.input.environment?.location },
  { name: 'name', value: (state) => state.input.environment?.name ?? 'Tamis' },
  { name: 'phase', value: (state) => state.input.environment?.phase },
  { name: 'remote-host', value: (state) => state.envelope.client.name },
  { name: 'remote-ip', value: (state) => state.envelope.client.address },
  { name: 'version', value: (state) => state.input.environment?.version },
];

/**
 * What an item is in a run. `name` is lower-case. Undefined when no capability that the script may use has such an
 * item; an item of many, as `vnd.dovecot.config.*`, stands for all names that begin so.
 */
export function environmentItem(
  name: string,
  compiler: Compiler,
): ((state: RunState) => string | undefined) | undefined {
  const { environment } = compiler.registry;
  const many = environment.values().find((item) => {
    const { name: pattern } = item.definition;
    return pattern.endsWith('*') && name.startsWith(pattern.slice(0, -1));
  });
  const found = environment.get(name) ?? many;
  if (found === undefined || (found.capability !== undefined && !compiler.use(found.capability)))
    return undefined;
  return (state) => found.definition.value(state, name);
}

/** What the item is whose name is made in each run. */
function itemNamedIn(name: StringValue, compiler: Compiler): (state: RunState) => string | undefined {
  return (state) => environmentItem(name.get(state).toLowerCase(), compiler)?.(state);
}

/** RFC 5183 §4: false for an item that is not known. */
const environmentTest: TestDefinition = {
  name: 'environment',
  parameters: [
    { name: 'name', type: 'string' },
    { name: 'key list', type: 'string-list' },
  ],
  matching: true,
  compile(call, compiler) {
    const name = call.string('name');
    const { constant } = name;
    const known = constant === undefined ? undefined : environmentItem(constant.toLowerCase(), compiler);
    if (constant !== undefined && known === undefined && !constant.toLowerCase().startsWith('vnd.'))
      compiler.diagnostics.warning(name, `environment: unknown item ${JSON.stringify(shorten(constant))}`);
    const valueIn = known ?? itemNamedIn(name, compiler);
    // Whatever is compared, also how many values there are.
    const end = new Label();
    compiler.emit({
      op: 'test',
      line: call.line,
      run(state) {
        const there = valueIn(state) !== undefined;
        if (!there)
          state.trace(() => `environment: ${JSON.stringify(shorten(name.get(state)))} is not known: false`);
        return there;
      },
    });
    compiler.emit({ op: 'jump-if', when: false, to: end });
    emitMatch(compiler, call, 'key list', { values: (state) => [valueIn(state) ?? ''] });
    compiler.mark(end);
  },
};

/** RFC 5183. */
export const environment: Extension = {
  capability: 'environment',
  tests: [environmentTest],
  environment: items,
};

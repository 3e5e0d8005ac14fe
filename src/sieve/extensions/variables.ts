import type { CommandDefinition, Extension, TagDefinition, TestDefinition } from '../definitions.ts';
import { shorten } from '../lexer.ts';
import { emitMatch } from '../matching/emit.ts';
import { interpolate, variableTarget } from '../variables.ts';

/**
 * A tag of `set` that changes the value (RFC 5229 §4.1). Only one of each precedence may be given; capabilities that
 * bring their own put it among their `tags` for `set`.
 */
export function setModifier(
  name: string,
  precedence: number,
  apply: (value: string) => string,
): TagDefinition {
  return {
    name,
    group: `modifier of precedence ${precedence}`,
    bind: () => ({ value: { precedence, apply } }),
  };
}

/** RFC 5229 §4.1: letters beyond ASCII are left as they are. */
const lower = (text: string): string => text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
const upper = (text: string): string => text.replace(/[a-z]+/g, (letters) => letters.toUpperCase());

/** Changes the first character. */
function first(change: (character: string) => string): (value: string) => string {
  return (value) => change(value.slice(0, 1)) + value.slice(1);
}

/** RFC 5229 §4.1. */
const modifiers: readonly TagDefinition[] = [
  setModifier('lower', 40, lower),
  setModifier('upper', 40, upper),
  setModifier('lowerfirst', 30, first(lower)),
  setModifier('upperfirst', 30, first(upper)),
  setModifier('quotewildcard', 20, (value) => value.replace(/[*?\\]/g, '\\$&')),
  // In characters (RFC 5229 §4.1.4).
  setModifier('length', 10, (value) =>
    String(value.length - (value.match(/[\ud800-\udbff][\udc00-\udfff]/g)?.length ?? 0)),
  ),
];

/** RFC 5229 §4. */
const set: CommandDefinition = {
  name: 'set',
  tags: modifiers,
  parameters: [
    { name: 'name', type: 'string', constant: true },
    { name: 'value', type: 'string' },
  ],
  compile(call, compiler) {
    const target = variableTarget(call.string('name'), call.name, compiler);
    const value = call.string('value');
    const { variableBytes } = compiler.limits;
    if (value.constant !== undefined && Buffer.byteLength(value.constant) > variableBytes)
      compiler.diagnostics.error(value, `set: value is too long (at most ${variableBytes} octets)`);
    if (target === undefined) return;
    const changes = call.modifiers
      .flatMap((modifier) => modifier.value ?? [])
      .sort((a, b) => b.precedence - a.precedence);
    compiler.emit({
      op: 'do',
      line: call.line,
      run(state) {
        let text = value.get(state);
        state.spend(text.length >> 10);
        for (const change of changes) text = change.apply(text);
        target.set(state, text);
        state.trace(() => `set ${target.name}: ${JSON.stringify(shorten(text))}`);
      },
    });
  },
};

/** RFC 5229 §5. */
const string: TestDefinition = {
  name: 'string',
  parameters: [
    { name: 'source', type: 'string-list' },
    { name: 'key list', type: 'string-list' },
  ],
  matching: true,
  compile(call, compiler) {
    const source = call.strings('source');
    // RFC 5229 §5: with :count, an empty string does not count.
    const counted = call.comparison.matchType.name === 'count';
    emitMatch(compiler, call, 'key list', {
      values: (state) => (counted ? source.get(state).filter((text) => text !== '') : source.get(state)),
    });
  },
};

/** RFC 5229. */
export const variables: Extension = {
  capability: 'variables',
  commands: [set],
  tests: [string],
  strings: { interpolate },
  captures: true,
};

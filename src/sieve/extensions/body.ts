import { bodyContents, bodyTexts, rawBody } from '../body-text.ts';
import { type Call, constantString, stringList, type StringList } from '../call.ts';
import type { Compiler } from '../compiler.ts';
import type { Extension, TagDefinition, TestDefinition } from '../definitions.ts';
import { shorten } from '../lexer.ts';
import { emitMatch } from '../matching/emit.ts';
import type { RunState } from '../state.ts';

const withLf = (text: string): string => text.replace(/\r\n?/g, '\n');

/** Keys with line ends as the values have them. */
function keysWithLf(keys: StringList): StringList {
  const { constant, offset, line, items } = keys;
  if (constant !== undefined)
    return constant.some((key) => key.includes('\r'))
      ? stringList(
          keys,
          items.map((item) => constantString(item, withLf(item.constant ?? ''))),
        )
      : keys;
  return { offset, line, items, constant, get: (state) => keys.get(state).map(withLf) };
}

function contentTypes(call: Call): StringList | undefined {
  const argument = call.tags.get('content')?.argument;
  return argument?.type === 'string-list' ? argument.value : undefined;
}

/** What the test looks into (RFC 5173 §5); text when nothing is said. */
function source(call: Call): (state: RunState) => readonly string[] {
  if (call.has('raw')) return rawBody;
  const types = contentTypes(call);
  if (types === undefined) return bodyTexts;
  const constant = types.constant?.map((type) => type.toLowerCase());
  return (state) => bodyContents(state, constant ?? types.get(state).map((type) => type.toLowerCase()));
}

/** RFC 5173 §5.2: what is wrong matches nothing; a script that says so is to be told. */
function checkTypes(call: Call, compiler: Compiler): undefined {
  for (const type of contentTypes(call)?.items ?? [])
    if (type.constant !== undefined && !/^(?:[^/]+(?:\/[^/]+)?)?$/.test(type.constant))
      compiler.diagnostics.warning(
        type,
        `body: ${JSON.stringify(shorten(type.constant))} is not a content type and matches nothing`,
      );
}

const GROUP = 'body transform';

const tags: readonly TagDefinition[] = [
  { name: 'raw', group: GROUP },
  { name: 'content', group: GROUP, argument: 'string-list', bind: checkTypes },
  { name: 'text', group: GROUP },
];

/** RFC 5173 §4. */
const bodyTest: TestDefinition = {
  name: 'body',
  tags,
  parameters: [{ name: 'key list', type: 'string-list' }],
  matching: true,
  compile(call, compiler) {
    // RFC 5173 §6: wildcards do not set match variables.
    emitMatch(compiler, call, keysWithLf(call.strings('key list')), {
      values: source(call),
      captures: false,
    });
  },
};

/** RFC 5173. */
export const body: Extension = { capability: 'body', tests: [bodyTest] };

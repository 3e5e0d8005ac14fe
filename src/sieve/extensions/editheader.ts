import type { HeaderEdit, HeaderField } from '../../message/types.ts';
import type { Call, StringValue } from '../call.ts';
import type { Compiler } from '../compiler.ts';
import type { Asking, CommandDefinition, Extension } from '../definitions.ts';
import { fieldValue } from '../field-value.ts';
import { isFieldName } from '../header-query.ts';
import { shorten } from '../lexer.ts';
import type { RunState } from '../state.ts';

/** A limit below this one counts as this one (RFC 5293 §4). */
const LEAST_MAX_SIZE = 998;

/**
 * Fields that are never deleted: Received ends loops and Auto-Submitted ends answers to answers (RFC 5293 §6); the
 * others tell what `replace` has replaced (RFC 5703 §5).
 */
const NEVER_DELETED: ReadonlySet<string> = new Set([
  'received',
  'auto-submitted',
  'original-subject',
  'original-from',
]);

const among = (names: readonly string[], key: string): boolean =>
  names.some((name) => name.toLowerCase() === key);

function mayAdd({ settings }: RunState, key: string): boolean {
  // RFC 5293 §6: Subject may always be added and deleted.
  return key === 'subject' || !among(settings.editheader.forbidAdd, key);
}

function mayDelete({ settings }: RunState, key: string): boolean {
  if (NEVER_DELETED.has(key)) return false;
  return key === 'subject' || !among(settings.editheader.forbidDelete, key);
}

const badName = (call: Call, name: string): string =>
  `${call.name}: ${JSON.stringify(shorten(name))} is not the name of a header field`;

/** RFC 5293 §4 and RFC 5293 §5: the name must be one; reported as early as it is known. */
function checkedName(call: Call, compiler: Compiler): StringValue {
  const name = call.string('field name');
  if (name.constant !== undefined && !isFieldName(name.constant))
    compiler.diagnostics.error(name, badName(call, name.constant));
  return name;
}

function nameOf(call: Call, name: StringValue, state: RunState): string {
  const text = name.get(state);
  return isFieldName(text) ? text : state.fail(badName(call, text));
}

/** What an edit costs: the header is written anew. */
function edit(state: RunState, edits: readonly HeaderEdit[]): void {
  state.spend(1 + (state.edited.headLength >> 8));
  state.change({ edited: state.edited.withFields(edits) });
}

function sizeFault(value: string, limit: number): string | undefined {
  const most = Math.max(limit, LEAST_MAX_SIZE);
  if (Buffer.byteLength(value) <= most) return undefined;
  return `addheader: specified header value is too large (at most ${most} octets)`;
}

/** RFC 5293 §4. */
const addheader: CommandDefinition = {
  name: 'addheader',
  tags: [{ name: 'last' }],
  parameters: [
    { name: 'field name', type: 'string' },
    { name: 'value', type: 'string' },
  ],
  compile(call, compiler) {
    const fieldName = checkedName(call, compiler);
    const written = call.string('value');
    const last = call.has('last');
    const early = compiler.options.settings?.editheader?.maxHeaderSize;
    if (early !== undefined && written.constant !== undefined) {
      const fault = sizeFault(written.constant, early);
      if (fault !== undefined) compiler.diagnostics.error(written, fault);
    }
    compiler.emit({
      op: 'do',
      line: call.line,
      run(state) {
        const name = nameOf(call, fieldName, state);
        const text = written.get(state);
        const fault = sizeFault(text, state.settings.editheader.maxHeaderSize);
        if (fault !== undefined) state.fail(fault);
        if (!mayAdd(state, name.toLowerCase())) {
          state.trace(() => `addheader ${JSON.stringify(name)}: not allowed, left out`);
          return;
        }
        const value = fieldValue(name, text);
        edit(state, [last ? { kind: 'add', name, value } : { kind: 'insert', position: 0, name, value }]);
        state.trace(() => `addheader ${JSON.stringify(name)} ${JSON.stringify(shorten(value))}`);
      },
    });
  },
};

/** Which of so many fields `:index` means, from 0; undefined without the tag. */
type Place = ((count: number) => number) | undefined;

/** `:last` counts from the end (RFC 5293 §5). */
function checkedIndex(call: Call, compiler: Compiler): Place {
  const index = call.tags.get('index');
  const last = call.tags.get('last');
  if (last !== undefined && index === undefined)
    compiler.diagnostics.error(last.node, 'deleteheader: :last needs :index');
  if (index?.argument?.type !== 'number') return undefined;
  const { value } = index.argument;
  if (value === 0) compiler.diagnostics.error(index.node, 'deleteheader: :index counts from 1');
  return (count) => (last === undefined ? value - 1 : count - value);
}

/** RFC 5293 §5. */
const deleteheader: CommandDefinition = {
  name: 'deleteheader',
  tags: [{ name: 'index', argument: 'number' }, { name: 'last' }],
  parameters: [
    { name: 'field name', type: 'string' },
    { name: 'value patterns', type: 'string-list', optional: true },
  ],
  matching: true,
  compile(call, compiler) {
    const fieldName = checkedName(call, compiler);
    const { constant } = fieldName;
    if (constant !== undefined && NEVER_DELETED.has(constant.toLowerCase()))
      compiler.diagnostics.warning(fieldName, `deleteheader: ${constant} fields are never deleted`);
    const index = checkedIndex(call, compiler);
    const matcher = call.given('value patterns')
      ? compiler.matcher(call, call.strings('value patterns'))
      : undefined;
    const candidates = (state: RunState, name: string): [HeaderField, number][] => {
      const fields = state.header.all(name);
      state.spend(1 + fields.length);
      const numbered = fields.map((field, at): [HeaderField, number] => [field, at + 1]);
      if (index === undefined) return numbered;
      const chosen = numbered[index(fields.length)];
      return chosen === undefined ? [] : [chosen];
    };
    const remove = (state: RunState, name: string, found: readonly [HeaderField, number][]): void => {
      state.trace(() => `deleteheader ${JSON.stringify(name)}: ${found.length} deleted`);
      if (found.length > 0)
        edit(
          state,
          found.map(([, at]): HeaderEdit => ({ kind: 'remove', name, index: at })),
        );
    };
    const allowed = (state: RunState): string | undefined => {
      const name = nameOf(call, fieldName, state);
      if (mayDelete(state, name.toLowerCase())) return name;
      state.trace(() => `deleteheader ${JSON.stringify(name)}: not allowed, left out`);
      return undefined;
    };
    if (matcher?.ask !== undefined) {
      const run = function* (state: RunState): Asking<void> {
        const name = allowed(state);
        if (name === undefined) return;
        const found: [HeaderField, number][] = [];
        for (const candidate of candidates(state, name))
          if (yield* matcher.ask(state, [candidate[0].text])) found.push(candidate);
        remove(state, name, found);
      };
      compiler.emit({ op: 'ask', line: call.line, run });
      return;
    }
    compiler.emit({
      op: 'do',
      line: call.line,
      run(state) {
        const name = allowed(state);
        if (name === undefined) return;
        // A match like any other: it sets the match variables (RFC 5229 §3.2).
        const found = candidates(state, name).filter(
          ([field]) => matcher === undefined || matcher.match(state, [field.text]),
        );
        remove(state, name, found);
      },
    });
  },
};

/** RFC 5293. */
export const editheader: Extension = {
  capability: 'editheader',
  commands: [addheader, deleteheader],
};

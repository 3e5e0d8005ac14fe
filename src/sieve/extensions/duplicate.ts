import { createHash } from 'node:crypto';
import type { Call } from '../call.ts';
import { stringList, type StringValue } from '../call.ts';
import type { Asking, Extension, TestDefinition } from '../definitions.ts';
import { checkFieldNames } from '../header-query.ts';
import { shorten } from '../lexer.ts';
import { remember } from '../remember.ts';
import type { RunState } from '../state.ts';

/** What tells one message from another comes from one place. */
export const UNIQUE_ID_GROUP = 'source of the unique id';

function tagText(call: Call, tag: string): StringValue | undefined {
  const argument = call.tags.get(tag)?.argument;
  return argument?.type === 'string' ? argument.value : undefined;
}

/** RFC 7352 §3. */
const duplicateTest: TestDefinition = {
  name: 'duplicate',
  tags: [
    { name: 'handle', argument: 'string' },
    { name: 'header', argument: 'string', group: UNIQUE_ID_GROUP },
    { name: 'uniqueid', argument: 'string', group: UNIQUE_ID_GROUP },
    { name: 'seconds', argument: 'number' },
    { name: 'last' },
  ],
  compile(call, compiler) {
    const header = tagText(call, 'header');
    if (header !== undefined) checkFieldNames(stringList(header, [header]), call.name, compiler);
    const value = tagText(call, 'uniqueid') ?? tagText(call, 'value');
    const handle = tagText(call, 'handle');
    const period = call.tags.get('seconds')?.argument;
    const asked = period?.type === 'number' ? period.value : undefined;
    const last = call.has('last');
    compiler.emit({
      op: 'ask-test',
      line: call.line,
      *run(state): Asking<boolean> {
        const name = header?.get(state) ?? 'Message-ID';
        const id = value?.get(state) ?? fieldText(state, name);
        // RFC 7352 §3: without an id there is nothing to remember.
        if (id === undefined || id === '') {
          state.trace(
            () => `duplicate: ${value === undefined ? `no ${name}` : 'the unique id is empty'}: false`,
          );
          return false;
        }
        const { defaultPeriod, maxPeriod } = state.settings.duplicate;
        const seconds = Math.min(asked ?? defaultPeriod, maxPeriod);
        const key = duplicateKey(handle?.get(state) ?? '', id);
        const seen = seconds > 0 && (yield { ask: 'duplicate-seen', key, seconds }) === true;
        // RFC 7352 §3.3: the time runs from the first message, or with :last from this one. Whatever runs later in
        // this run does not see it: it is remembered when the run has succeeded.
        if (seconds > 0 && (!seen || last)) remember(state, { kind: 'duplicate', key, seconds });
        state.trace(() => `duplicate: ${JSON.stringify(shorten(id))} in ${seconds} seconds: ${seen}`);
        return seen;
      },
    });
  },
};

/** RFC 7352 §3.1: the content of the first field of that name, without the white space around it. */
function fieldText(state: RunState, name: string): string | undefined {
  return state.header.get(name)?.value.trim();
}

/** RFC 7352 §3.2: ids of one handle are compared with each other, wherever they come from. */
function duplicateKey(handle: string, id: string): string {
  return createHash('sha256')
    .update(JSON.stringify([handle, id]))
    .digest('hex');
}

/** RFC 7352. */
export const duplicate: Extension = {
  capability: 'duplicate',
  tests: [duplicateTest],
};

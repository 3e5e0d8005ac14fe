import { stripComments } from '../../message/tokens.ts';
import { parseDate } from '../../message/date.ts';
import type { HeaderField } from '../../message/types.ts';
import { type Call, stringList, type StringValue } from '../call.ts';
import type { Compiler } from '../compiler.ts';
import { datePart, isDatePart, type LocalTime } from '../date-parts.ts';
import type { Extension, TestDefinition } from '../definitions.ts';
import { checkFieldNames, fieldsOf, headerQuery } from '../header-query.ts';
import { shorten } from '../lexer.ts';
import { emitMatch } from '../matching/emit.ts';
import type { RunState } from '../state.ts';
import { zoneOf, zoneTag } from '../zone-tag.ts';

/** Nobody writes a longer one; comments in it are looked at one by one. */
const MAX_FIELD = 2000;

/** Dates of fields; null for none. Scripts with rules on dates ask for the same ones over and over. */
const newDates = (): Map<HeaderField, LocalTime | null> => new Map();

function dateOf(field: HeaderField, state: RunState): LocalTime | undefined {
  const dates = state.edited.received.derived(newDates);
  let date = dates.get(field);
  if (date === undefined) dates.set(field, (date = readDate(field.value) ?? null));
  return date ?? undefined;
}

/** A date of a header field, with the offset that stands in it. */
function readDate(value: string): LocalTime | undefined {
  // RFC 5260 §4: of a field as Received, the date stands behind the last semicolon.
  const text = stripComments(
    value.slice(value.lastIndexOf(';') + 1, undefined).slice(0, MAX_FIELD),
    32,
  ).trim();
  const time = parseDate(text);
  if (time === undefined) return undefined;
  // The same without its zone counts as UTC: what it is apart from the real time is the zone.
  const wall = parseDate(/^.*?\d ?: ?\d{1,2}(?: ?: ?\d{1,2})?/s.exec(text)?.[0] ?? text) ?? time;
  return { time, offset: (wall.getTime() - time.getTime()) / 60_000 };
}

function checkPart(part: StringValue, call: Call, compiler: Compiler): void {
  if (part.constant !== undefined && !isDatePart(part.constant))
    compiler.diagnostics.warning(
      part,
      `${call.name}: unknown part ${JSON.stringify(shorten(part.constant))} of a date`,
    );
}

/** RFC 5260 §4. */
const dateTest: TestDefinition = {
  name: 'date',
  tags: [zoneTag, { name: 'originalzone', group: 'zone' }],
  parameters: [
    { name: 'header name', type: 'string' },
    { name: 'date part', type: 'string' },
    { name: 'key list', type: 'string-list' },
  ],
  matching: true,
  compile(call, compiler) {
    const name = call.string('header name');
    checkFieldNames(stringList(name, [name]), call.name, compiler);
    const part = call.string('date part');
    checkPart(part, call, compiler);
    const query = headerQuery(call);
    const original = call.has('originalzone');
    const zone = zoneOf(call);
    emitMatch(compiler, call, 'key list', {
      values(state) {
        const found: string[] = [];
        for (const field of fieldsOf(query, state, [name.get(state)])) {
          state.spend(1);
          const date = dateOf(field, state);
          if (date === undefined) continue;
          const shown = original ? date : { time: date.time, offset: zone(state, date.time) };
          const value = datePart(part.get(state), shown);
          if (value !== undefined) found.push(value);
        }
        return found;
      },
    });
  },
};

/** RFC 5260 §5: the time is the same for the whole run. */
const currentDateTest: TestDefinition = {
  name: 'currentdate',
  tags: [zoneTag],
  parameters: [
    { name: 'date part', type: 'string' },
    { name: 'key list', type: 'string-list' },
  ],
  matching: true,
  compile(call, compiler) {
    const part = call.string('date part');
    checkPart(part, call, compiler);
    const zone = zoneOf(call);
    emitMatch(compiler, call, 'key list', {
      values(state) {
        const value = datePart(part.get(state), { time: state.now, offset: zone(state, state.now) });
        return value === undefined ? [] : [value];
      },
    });
  },
};

/** RFC 5260 §4, RFC 5260 §5. */
export const date: Extension = { capability: 'date', tests: [dateTest, currentDateTest] };

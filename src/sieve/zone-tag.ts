import type { Call } from './call.ts';
import type { TagDefinition } from './definitions.ts';
import { shorten } from './lexer.ts';
import type { RunState } from './state.ts';
import { offsetIn, parseOffset } from './time-zone.ts';

/** Minutes east of UTC to show a time at: those of `:zone`, or the local ones (RFC 5260 §4.1). */
type Zone = (state: RunState, time: Date) => number;

const localZone: Zone = (state, time) => offsetIn(state.input.zone ?? 'UTC', time);

/** What `:zone` names. What is no offset is the local zone. */
export function zoneOf(call: Call): Zone {
  const argument = call.tags.get('zone')?.argument;
  if (argument?.type !== 'string') return localZone;
  const { value } = argument;
  const constant = value.constant === undefined ? undefined : parseOffset(value.constant);
  if (constant !== undefined) return () => constant;
  return (state, time) => parseOffset(value.get(state)) ?? localZone(state, time);
}

/** RFC 5260 §4.1. */
export const zoneTag: TagDefinition = {
  name: 'zone',
  group: 'zone',
  argument: 'string',
  bind(call, compiler) {
    const argument = call.tags.get('zone')?.argument;
    const value = argument?.type === 'string' ? argument.value : undefined;
    if (value?.constant !== undefined && parseOffset(value.constant) === undefined)
      compiler.diagnostics.warning(
        value,
        `${call.name}: :zone ${JSON.stringify(shorten(value.constant))} is not an offset as "+0100": the local zone is used`,
      );
    return undefined;
  },
};

import { datePart } from '../date-parts.ts';
import type { EnvelopePart, Extension } from '../definitions.ts';
import type { RunState } from '../state.ts';
import type { DeliverBy } from '../types.ts';
import { zoneOf, zoneTag } from '../zone-tag.ts';

function part(
  name: string,
  value: (by: DeliverBy, state: RunState, ...rest: Parameters<EnvelopePart['values']>) => string,
): EnvelopePart {
  return {
    name,
    address: false,
    values(...given) {
      const [state] = given;
      const by = state.input.deliverBy;
      return by === undefined ? [] : [value(by, state, ...given)];
    },
  };
}

/** When the time is up. */
const limitOf = ({ received, seconds }: DeliverBy): Date => new Date(received.getTime() + seconds * 1000);

/** RFC 6009. */
const parts: readonly EnvelopePart[] = [
  // As the part iso8601 of a date (RFC 5260 §4.2), in the zone of :zone.
  part('bytimeabsolute', (by, state, _state, call) => {
    const time = limitOf(by);
    return datePart('iso8601', { time, offset: zoneOf(call)(state, time) }) ?? '';
  }),
  // Seconds that are left; negative when the time is up.
  part('bytimerelative', (by, { now }) => String(Math.floor((limitOf(by).getTime() - now.getTime()) / 1000))),
  part('bymode', ({ mode }) => mode),
  part('bytrace', ({ trace }) => String(trace)),
];

/** RFC 6009: what the client asked for by DELIVERBY (RFC 2852). */
export const envelopeDeliverBy: Extension = {
  capability: 'envelope-deliverby',
  envelopeParts: parts,
  tags: {
    envelope: [
      {
        ...zoneTag,
        bind(call, compiler) {
          const tag = call.tags.get('zone');
          if (tag !== undefined && !compiler.use('date'))
            compiler.diagnostics.error(tag.node, 'envelope: tag :zone needs require "date"');
          zoneTag.bind?.(call, compiler);
          // The values depend on it: they are not those of a test without it.
          return {};
        },
      },
    ],
  },
};

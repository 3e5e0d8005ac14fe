import { z } from 'zod';
import { readEntries } from '../../filter/maps/entries.ts';
import {
  MAP_KINDS,
  MAP_SUBJECTS,
  type MapKind,
  type MapsSettings,
  type MapSubject,
} from '../../filter/maps/settings.ts';
import { ACTIONS } from '../../filter/types.ts';
import { custom, type Described, duration, size } from '../settings.ts';

const kinds = Object.keys(MAP_KINDS) as [MapKind, ...MapKind[]];

const list = z
  .strictObject({
    kind: z.enum(kinds),
    of: z.array(z.enum(MAP_SUBJECTS)).min(1),
    header: z
      .string()
      .regex(/^[!-9;-~]{1,100}$/, 'this is no name of a field')
      .optional(),
    file: z.string().min(1).max(1000).optional(),
    entries: z.array(z.string().max(1000)).max(100_000).optional(),
    score: z.number().min(-1000).max(1000).default(0),
    description: z.string().max(500).optional(),
    action: z.enum(ACTIONS).optional(),
    text: z.string().max(500).optional(),
  })
  .superRefine(({ kind, of, header, file, entries = [] }, context) => {
    const fitting: readonly MapSubject[] = MAP_KINDS[kind];
    for (const subject of of)
      if (!fitting.includes(subject))
        context.addIssue(
          `entries of kind ${kind} are not looked for in ${subject} (but in ${fitting.join(', ')})`,
        );
    if (of.includes('header') && header === undefined) context.addIssue('the name of the header is missing');
    if (file === undefined && entries.length === 0) context.addIssue('neither file nor entries');
    for (const { line, text } of readEntries(kind, entries).faults)
      context.addIssue({ code: 'custom', path: ['entries', line - 1], message: text });
  });

export const mapsSettings: Described<MapsSettings> = {
  lists: custom(
    z.record(
      z.string().regex(/^[A-Z][A-Z0-9_]{0,79}$/, 'symbols are UPPER_CASE, at most 80 characters'),
      list,
    ),
    'Lists of your own by symbol: {kind: address, domain, network, hash, exact or regex; of: [sender, from, client, ' +
      '…]; header; file, entries; score; action; text; description}.',
  ),
  fileBytes: size('1K', '1G', 'Octets of one file; what is longer is not read'),
  interval: duration('ms', '100ms', '1h', 'Time after which files are looked at again'),
};

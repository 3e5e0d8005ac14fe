import type { Extension } from '../definitions.ts';
import { unicodeCasemap } from '../matching/unicode-casemap.ts';

/** RFC 5051. */
export const comparatorUnicodeCasemap: Extension = {
  capability: 'comparator-i;unicode-casemap',
  comparators: [unicodeCasemap],
};

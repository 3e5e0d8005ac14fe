import type { Extension } from '../definitions.ts';
import { asciiNumeric } from '../matching/comparators.ts';

/** RFC 4790 §9.1. */
export const comparatorAsciiNumeric: Extension = {
  capability: 'comparator-i;ascii-numeric',
  comparators: [asciiNumeric],
};

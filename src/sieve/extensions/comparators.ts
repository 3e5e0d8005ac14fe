import type { Extension } from '../definitions.ts';
import { asciiCasemap, octet } from '../matching/comparators.ts';

/** The comparators every engine has; requiring them is allowed and not needed (RFC 5228 §2.7.3). */
export const comparatorOctet: Extension = {
  capability: 'comparator-i;octet',
  builtIn: true,
  effective: true,
  comparators: [octet],
};

export const comparatorAsciiCasemap: Extension = {
  capability: 'comparator-i;ascii-casemap',
  builtIn: true,
  effective: true,
  comparators: [asciiCasemap],
};

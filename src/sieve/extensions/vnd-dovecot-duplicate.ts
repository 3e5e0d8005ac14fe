import type { Extension } from '../definitions.ts';
import { UNIQUE_ID_GROUP } from './duplicate.ts';

/** The test as it was before RFC 7352: `:value` is what is called `:uniqueid` now. */
export const vndDovecotDuplicate: Extension = {
  capability: 'vnd.dovecot.duplicate',
  implies: ['duplicate'],
  excludes: ['duplicate'],
  tags: { duplicate: [{ name: 'value', argument: 'string', group: UNIQUE_ID_GROUP }] },
};

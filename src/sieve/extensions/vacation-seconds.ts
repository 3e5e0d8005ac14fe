import type { Extension } from '../definitions.ts';

/** RFC 6131 §2: the period of vacation in seconds instead of days. Brings vacation with it. */
export const vacationSeconds: Extension = {
  capability: 'vacation-seconds',
  implies: ['vacation'],
  tags: { vacation: [{ name: 'seconds', argument: 'number', group: 'period' }] },
};

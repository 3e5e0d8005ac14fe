import type { ActionDefinition } from '../definitions.ts';
import type { Action } from '../types.ts';

/**
 * RFC 5429 §2.1.4, RFC 5429 §2.2.2: once in a run. A message that is refused is not delivered or sent on as well:
 * its sender would believe that it was not.
 */
export const rejectAction: ActionDefinition<Extract<Action, { type: 'reject' }>> = {
  type: 'reject',
  cancelsImplicitKeep: true,
  arrivalOnly: true,
  key: () => undefined,
  conflicts: ['reject', 'keep', 'fileinto', 'redirect'],
};

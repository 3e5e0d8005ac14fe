import type { ActionDefinition } from '../definitions.ts';
import { completeFlags } from '../flags.ts';
import type { SnoozeAction } from '../types.ts';

/** draft-ietf-extra-sieve-snooze: files the message, later; once, and not one that is refused. */
export const snoozeAction: ActionDefinition<SnoozeAction> = {
  type: 'snooze',
  cancelsImplicitKeep: true,
  message: 'current',
  key: () => undefined,
  conflicts: ['snooze', 'reject'],
  complete: completeFlags,
};

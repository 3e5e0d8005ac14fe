import type { ActionDefinition } from '../definitions.ts';
import type { Action } from '../types.ts';

/** RFC 5228 §4.4: nothing but that the implicit keep is not done. */
export const discardAction: ActionDefinition<Extract<Action, { type: 'discard' }>> = {
  type: 'discard',
  cancelsImplicitKeep: true,
  key: () => 'discard',
};

import type { ActionDefinition } from '../definitions.ts';
import { completeFlags, laterFlags } from '../flags.ts';
import type { Action } from '../types.ts';
import { mailboxKey } from './mailbox-key.ts';

/** RFC 5228 §4.1. */
export const fileintoAction: ActionDefinition<Extract<Action, { type: 'fileinto' }>> = {
  type: 'fileinto',
  cancelsImplicitKeep: true,
  message: 'current',
  key: mailboxKey,
  complete: completeFlags,
  merge(first, later) {
    const merged = laterFlags(first, later);
    return later.create === true ? { ...merged, create: true } : merged;
  },
};

import type { ActionDefinition } from '../definitions.ts';
import { completeFlags, laterFlags } from '../flags.ts';
import type { Action } from '../types.ts';
import { mailboxKey } from './mailbox-key.ts';

/** RFC 5228 §4.3. Keep files into the inbox: keep and `fileinto "INBOX"` are one delivery. */
export const keepAction: ActionDefinition<Extract<Action, { type: 'keep' }>> = {
  type: 'keep',
  cancelsImplicitKeep: true,
  message: 'current',
  key: () => mailboxKey({ mailbox: 'INBOX' }),
  complete: completeFlags,
  merge: laterFlags,
};

import type { ActionDefinition } from '../definitions.ts';
import type { Action } from '../types.ts';

/** RFC 5228 §4.2; one copy to each address, and only so many (RFC 5228 §10). */
export const redirectAction: ActionDefinition<Extract<Action, { type: 'redirect' }>> = {
  type: 'redirect',
  cancelsImplicitKeep: true,
  message: 'forwarded',
  key({ address }) {
    const at = address.lastIndexOf('@');
    return `address ${address.slice(0, at)}${address.slice(at).toLowerCase()}`;
  },
  // The host's lists are bounded by the number of actions only.
  limit: (limits, { list }) => (list === undefined ? limits.redirects : undefined),
};

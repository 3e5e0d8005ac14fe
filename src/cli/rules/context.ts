import type { CheckContext } from '../../filter/types.ts';
import type { Message } from '../../message/types.ts';

/** A message of which nothing is known but itself, for rules alone: nothing was authenticated. */
export function contextOf(message: Message, envelope: Partial<CheckContext['envelope']> = {}): CheckContext {
  return {
    message,
    envelope: { client: {}, sender: '', recipients: [], ...envelope },
    authentication: {
      spf: { result: 'none', domain: '', identity: 'mailfrom' },
      dkim: [],
      dmarc: { result: 'none', domain: '', policy: undefined },
      arc: { result: 'none', instances: 0, sealer: undefined },
      iprev: 'none',
      field: '',
    },
    now: Date.now(),
  };
}

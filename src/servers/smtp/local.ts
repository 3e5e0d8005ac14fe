import type { Delivery } from '../../delivery/types.ts';
import type { Log } from '../../log.ts';
import { replies } from '../../policy/replies.ts';
import type { Destination, Passage } from './destination.ts';

/**
 * The mailboxes here, and with `relay` the spool for recipients elsewhere (whether the client may send to them was
 * policy's question). What delivery cannot say now is a 4xx for every recipient.
 */
export function localDestination(delivery: Delivery, log: Log, options: { relay: boolean }): Destination {
  return {
    outcome: 'delivered',
    async open(_mail, { id, envelope }): Promise<Passage> {
      return {
        // Whether there is such a mailbox was policy's question.
        rcpt: async () => undefined,
        async deliver(message) {
          const failed = envelope.recipients.map((recipient) => ({ recipient, reply: replies.temporary }));
          try {
            const outcomes = await delivery.deliver({ id, envelope, ...message, ...options });
            return failed.map(
              (none) => outcomes.find(({ recipient }) => recipient === none.recipient) ?? none,
            );
          } catch (err) {
            log.error({ id, err }, 'delivery failed');
            return failed;
          }
        },
        close: () => undefined,
      };
    },
  };
}

import type { Srs } from './srs.ts';
import type { Delivery, LocalRoute } from './types.ts';

/** The way from the outbound spool back into local delivery, for bounces and redirects to accounts of ours. */
export function createLocalRoute(options: {
  resolve(address: string): Promise<string | undefined>;
  /** Where a bounce to an address we made goes on to. */
  reversePath?: Srs['reverse'];
  /** Called for each mail: the spool is made before the delivery that uses it. */
  delivery(): Delivery;
}): LocalRoute {
  return {
    async isLocal(address) {
      // A bounce of our own to such an address must not take the way over the internet back to us.
      return options.reversePath?.(address) !== undefined || (await options.resolve(address)) !== undefined;
    },
    async submit({ id, sender, recipients, raw }) {
      const outcomes = await options.delivery().deliver({
        id,
        raw,
        envelope: { client: {}, sender, recipients: recipients.map((address) => ({ address })) },
        // What the filter had to say was said when the mail came in; its marks are in the header.
        edits: [],
        spam: false,
        score: 0,
      });
      return outcomes.map(({ recipient, reply }) => ({ recipient: recipient.address, reply }));
    },
  };
}

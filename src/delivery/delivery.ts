import type { Recipient } from '../message/envelope.ts';
import { normaliseAddress, splitSubaddress } from '../policy/address.ts';
import { replies } from '../policy/replies.ts';
import type { Reply } from '../policy/reply.ts';
import { compile, ScriptCache } from '../sieve/index.ts';
import { PreparedMessage } from './prepared.ts';
import { type DeliveryContext, deliverTo } from './recipient.ts';
import type { Delivery, DeliveryRequest } from './types.ts';

export interface DeliveryOptions extends DeliveryContext {
  /** Divides `local+detail`, as for policy; '' for none. */
  subaddressSeparator: string;
}

/** Local delivery. See docs/delivery.md. */
export function createDelivery(options: DeliveryOptions): Delivery {
  const compiled = new ScriptCache((source, name) => compile(source, { name, limits: options.sieve }));
  return {
    async deliver(request) {
      const { recipients } = request.envelope;
      const answers = new Map<Recipient, Reply>();
      try {
        const groups = await grouped(recipients, request, options, answers);
        // One parse and one set of bytes for all.
        const prepared = groups.length === 0 ? undefined : new PreparedMessage(request);
        const worker = async (): Promise<void> => {
          for (let group = groups.pop(); group !== undefined; group = groups.pop()) {
            const { account, recipients } = group;
            const [recipient] = recipients;
            if (recipient === undefined || prepared === undefined) continue;
            const answer = await deliverTo({ request, prepared, recipient, account, compiled }, options);
            for (const same of recipients) answers.set(same, answer);
          }
        };
        const workers = Math.min(options.settings.concurrency, groups.length);
        await Promise.all(Array.from({ length: workers }, worker));
      } catch (error) {
        options.log.error({ id: request.id, err: error }, 'delivery failed, to be tried again');
      }
      return recipients.map((recipient) => ({
        recipient,
        reply: answers.get(recipient) ?? replies.temporary,
      }));
    },
  };
}

/** Recipients that get one copy together; the first one is who it is delivered to. */
interface Group {
  account: string;
  recipients: Recipient[];
}

/**
 * Recipients by mailbox owner and detail: `anna`, `ANNA` and an alias of hers get one copy, `anna+lists` another one,
 * since her script may look at it. Recipients without an account, or not known now, are answered at once.
 */
async function grouped(
  recipients: readonly Recipient[],
  request: DeliveryRequest,
  options: DeliveryOptions,
  answers: Map<Recipient, Reply>,
): Promise<Group[]> {
  const groups = new Map<string, Group>();
  for (const recipient of recipients) {
    let account: string | undefined;
    try {
      account = await options.resolve(recipient.address);
    } catch (error) {
      options.log.error(
        { id: request.id, recipient: recipient.address, err: error },
        'cannot look up the recipient',
      );
      continue;
    }
    if (account === undefined) {
      answers.set(recipient, replies.unknownRecipient);
      continue;
    }
    const key = `${account}\n${detailOf(recipient.address, options.subaddressSeparator)}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { account, recipients: [recipient] });
    else group.recipients.push(recipient);
  }
  return [...groups.values()];
}

function detailOf(address: string, separator: string): string {
  const plain = normaliseAddress(address) ?? address;
  return splitSubaddress(plain.slice(0, plain.lastIndexOf('@')), separator).detail ?? '';
}

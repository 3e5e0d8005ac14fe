import type { Recipient } from '../message/envelope.ts';
import { normaliseAddress, splitSubaddress } from '../policy/address.ts';
import { replies } from '../policy/replies.ts';
import type { Reply } from '../policy/reply.ts';
import { compile, ScriptCache } from '../sieve/index.ts';
import { PreparedMessage } from './prepared.ts';
import { type DeliveryContext, deliverTo } from './recipient.ts';
import type { Delivery, DeliveryRequest, RecipientOutcome } from './types.ts';

export interface DeliveryOptions extends DeliveryContext {
  /** Divides `local+detail`, as for policy; '' for none. */
  subaddressSeparator: string;
}

/** Local delivery. See docs/delivery.md. */
export function createDelivery(options: DeliveryOptions): Delivery {
  const compiled = new ScriptCache((source, name) =>
    compile(source, { name, limits: options.sieve?.limits, available: options.available ?? [] }),
  );
  return {
    async deliver(request) {
      const { recipients } = request.envelope;
      const answers = new Map<Recipient, Reply>();
      try {
        const { groups, foreign } = await grouped(recipients, request, options, answers);
        if (groups.length + foreign.length === 0) return outcomes(recipients, answers);
        // One parse and one set of bytes for all.
        const prepared = new PreparedMessage(request);
        if (foreign.length > 0 && prepared.received >= options.settings.maxReceived)
          for (const { recipient } of foreign) answers.set(recipient, replies.tooManyHops);
        else if (foreign.length > 0) await relay(foreign, request, prepared, options, answers);
        const worker = async (): Promise<void> => {
          for (let group = groups.pop(); group !== undefined; group = groups.pop()) {
            const { account, recipients } = group;
            const [recipient] = recipients;
            if (recipient === undefined) continue;
            const answer = await deliverTo({ request, prepared, recipient, account, compiled }, options);
            for (const same of recipients) answers.set(same, answer);
          }
        };
        const workers = Math.min(options.settings.concurrency, groups.length);
        await Promise.all(Array.from({ length: workers }, worker));
      } catch (error) {
        options.log.error({ id: request.id, err: error }, 'delivery failed, to be tried again');
      }
      return outcomes(recipients, answers);
    },
  };
}

const outcomes = (
  recipients: readonly Recipient[],
  answers: ReadonlyMap<Recipient, Reply>,
): RecipientOutcome[] =>
  recipients.map((recipient) => ({ recipient, reply: answers.get(recipient) ?? replies.temporary }));

/** RFC 5321 §2.3.10: a client that may relay hands us mail for others; the spool takes it over, for all or for none. */
async function relay(
  foreign: readonly Foreign[],
  request: DeliveryRequest,
  { pieces }: PreparedMessage,
  { outbound, log }: DeliveryOptions,
  answers: Map<Recipient, Reply>,
): Promise<void> {
  try {
    const recipients = [...new Set(foreign.map(({ address }) => address))];
    await outbound.enqueue({
      cause: request.id,
      sender: request.envelope.sender,
      recipients,
      pieces,
      kind: 'relay',
    });
    for (const { recipient } of foreign) answers.set(recipient, replies.queued);
  } catch (error) {
    log.error({ id: request.id, err: error }, 'mail to be relayed cannot be spooled');
  }
}

/** A recipient whose mail is sent on, and where to. */
interface Foreign {
  recipient: Recipient;
  address: string;
}

/** Recipients that get one copy together; the first one is who it is delivered to. */
interface Group {
  account: string;
  recipients: Recipient[];
}

/**
 * Recipients by mailbox owner and detail: `anna`, `ANNA` and an alias of hers get one copy, `anna+lists` another one,
 * since her script may look at it. Recipients without an account, or not known now, are answered at once; those to be relayed are `foreign`.
 */
async function grouped(
  recipients: readonly Recipient[],
  request: DeliveryRequest,
  options: DeliveryOptions,
  answers: Map<Recipient, Reply>,
): Promise<{ groups: Group[]; foreign: Foreign[] }> {
  const groups = new Map<string, Group>();
  const foreign: Foreign[] = [];
  for (const recipient of recipients) {
    // A bounce to an address we made of the one a redirected mail came from goes there.
    const original = request.envelope.sender === '' ? options.srs?.reverse(recipient.address) : undefined;
    if (original !== undefined) {
      foreign.push({ recipient, address: original });
      continue;
    }
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
      const { address } = recipient;
      if (request.relay === true && !options.isOurs(address)) foreign.push({ recipient, address });
      else answers.set(recipient, replies.unknownRecipient);
      continue;
    }
    const key = `${account}\n${detailOf(recipient.address, options.subaddressSeparator)}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { account, recipients: [recipient] });
    else group.recipients.push(recipient);
  }
  return { groups: [...groups.values()], foreign };
}

function detailOf(address: string, separator: string): string {
  const plain = normaliseAddress(address) ?? address;
  return splitSubaddress(plain.slice(0, plain.lastIndexOf('@')), separator).detail ?? '';
}

import { silentLog } from '../../src/log.ts';
import type { Log } from '../../src/log.ts';
import type { Scanner, Verdict } from '../../src/filter/types.ts';
import type { Policy } from '../../src/policy/types.ts';
import { reply } from '../../src/policy/reply.ts';
import type { Reply } from '../../src/policy/reply.ts';
import type { Delivery, DeliveryRequest, Outbound, OutboundMail } from '../../src/delivery/types.ts';
import { defaultTransactionSettings } from '../../src/transaction/settings.ts';
import { createTransactions } from '../../src/transaction/transactions.ts';
import type { Transactions } from '../../src/transaction/types.ts';

/** Policy that refuses what its address says: `refused@…` for RCPT, `bad@…` for MAIL, `evil.example` for HELO. */
export const policy: Policy = {
  connection: async ({ client }) =>
    client.address === '192.0.2.66' ? reply(554, '5.7.1', 'Go away') : undefined,
  helo: async (_peer, name) => (name === 'evil.example' ? reply(550, '5.7.1', 'No evil') : undefined),
  mail: async (_peer, { sender }) =>
    sender.startsWith('bad@') ? reply(550, '5.1.8', 'Bad sender') : undefined,
  rcpt: async (_peer, _envelope, { address }) =>
    address.startsWith('refused@') ? reply(550, '5.1.1', 'No such mailbox here') : undefined,
  data: async () => undefined,
  message: () => undefined,
};

/** The action stands in the message, as `X-Test-Action: reject`. */
export function testScanner(delay = 0): Scanner & { scanned: number } {
  return {
    scanned: 0,
    async scan({ raw }): Promise<Verdict> {
      this.scanned++;
      if (delay > 0) await new Promise((resolve) => setTimeout(resolve, delay));
      const head = Buffer.from(raw.subarray(0, 2000)).toString('latin1');
      const action = (/^X-Test-Action: (.*)\r$/m.exec(head)?.[1] ?? 'no action') as Verdict['action'];
      const spam = action !== 'no action';
      return {
        action,
        score: spam ? 9 : 0,
        required: 6,
        spam,
        hits: [],
        edits: [{ kind: 'insert', position: 0, name: 'X-Spam-Flag', value: spam ? 'YES' : 'NO' }],
        authenticationResults: '',
        cpu: 1,
        elapsed: 1,
      };
    },
    close: async () => undefined,
  };
}

export function testTransactions(log: Log = silentLog, scanner: Scanner = testScanner()): Transactions {
  return createTransactions({ policy, scanner, settings: defaultTransactionSettings, log, now: Date.now });
}

/** Keeps what it gets; answers for each recipient what `answers` has for the local part, else 250. */
export class MemoryDelivery implements Delivery {
  readonly requests: DeliveryRequest[] = [];
  /** Who got which message: local part → message texts. */
  readonly boxes = new Map<string, string[]>();
  answers = new Map<string, Reply>();
  delay = 0;

  async deliver(request: DeliveryRequest) {
    if (this.delay > 0) await new Promise((resolve) => setTimeout(resolve, this.delay));
    this.requests.push({
      ...request,
      envelope: { ...request.envelope, recipients: [...request.envelope.recipients] },
    });
    return request.envelope.recipients.map((recipient) => {
      const local = recipient.address.split('@')[0] ?? '';
      const answer = this.answers.get(local) ?? reply(250, '2.0.0', `Ok: ${local}`);
      if (answer.code < 400) {
        const text = Buffer.from(request.raw).toString('latin1');
        this.boxes.set(local, [...(this.boxes.get(local) ?? []), text]);
      }
      return { recipient, reply: answer };
    });
  }
}

export class MemoryOutbound implements Pick<Outbound, 'enqueue'> {
  readonly mails: OutboundMail[] = [];
  fails = false;

  async enqueue(mail: OutboundMail): Promise<string> {
    if (this.fails) throw new Error('disk full');
    this.mails.push(mail);
    return String(this.mails.length);
  }
}

/** A log that keeps its lines. */
export function memoryLog(): Log & {
  lines: { level: string; fields: Record<string, unknown>; text: string }[];
} {
  const lines: { level: string; fields: Record<string, unknown>; text: string }[] = [];
  const make = (base: object): Log => {
    const at = (level: string) => (fields: object, text: string) => {
      lines.push({ level, fields: { ...base, ...fields }, text });
    };
    return {
      debug: at('debug'),
      info: at('info'),
      warn: at('warn'),
      error: at('error'),
      child: (fields) => make({ ...base, ...fields }),
    };
  };
  return { ...make({}), lines };
}

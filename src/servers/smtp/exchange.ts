import type { Quarantine } from '../../delivery/quarantine.ts';
import type { ReceivedResults, RecipientOutcome } from '../../delivery/types.ts';
import type { Log } from '../../log.ts';
import type { Recipient } from '../../message/envelope.ts';
import { parseMessage } from '../../message/parse.ts';
import type { HeaderEdit } from '../../message/types.ts';
import { isPositive, isTemporary, reply, replyLine } from '../../policy/reply.ts';
import type { Reply } from '../../policy/reply.ts';
import { replies } from '../../policy/replies.ts';
import type { Judgement, MailCommand, Session, Transaction } from '../../transaction/types.ts';
import { isReply } from './command.ts';
import type { DecodedData } from './data-decoder.ts';
import type { Destination, Passage, PassedMessage } from './destination.ts';
import { editedPieces } from './edited.ts';
import { foldOutcomes, partialKey } from './fold.ts';
import type { PartialDeliveries } from './fold.ts';
import { receivedValue } from './received.ts';

/** What exchanges of one server have in common. */
export interface ExchangeOptions {
  protocol: 'smtp' | 'lmtp';
  hostname: string;
  destination: Destination;
  /** Without one, what would be held is filed as spam. */
  quarantine?: Pick<Quarantine, 'hold'>;
  /** Tells the sender of recipients that failed while others did not; SMTP has one answer for all (RFC 5321 §3.7). */
  bounce: (
    transaction: Transaction,
    message: PassedMessage,
    failed: readonly RecipientOutcome[],
  ) => Promise<void>;
  partial: PartialDeliveries;
  /** False: the message was looked at before; an `X-Spam-Flag: YES` in it is believed. */
  scan: boolean;
  /** Then: what was found out about the message when it was looked at. */
  earlierResults?: ((raw: Uint8Array) => ReceivedResults | undefined) | undefined;
  received: boolean;
  bareLineEndings: 'refuse' | 'normalise';
  now: () => number;
  log: Log;
}

/** RFC 5321 §2.3.8. The enhanced code is the one other servers use for this. */
const BARE_LINE_ENDING = reply(550, '5.6.11', 'Message has a CR or LF that is not part of CRLF');
/** RFC 5321 §4.5.3.1.6. */
const LINE_TOO_LONG = reply(550, '5.6.0', 'Message has a line that is too long');

/** The mail transaction of one connection: policy, destination and filter asked in turn, answered in replies. */
export class Exchange {
  readonly #options: ExchangeOptions;
  readonly #transaction: Transaction;
  readonly #passage: Passage;
  readonly #extended: boolean;
  /** One for each 250 to RCPT, in order; one recipient named twice is here twice, but has one mailbox. */
  readonly #accepted: Recipient[] = [];
  #over = false;

  private constructor(
    options: ExchangeOptions,
    transaction: Transaction,
    passage: Passage,
    extended: boolean,
  ) {
    this.#options = options;
    this.#transaction = transaction;
    this.#passage = passage;
    this.#extended = extended;
  }

  /** MAIL FROM. */
  static async begin(
    session: Session,
    mail: MailCommand,
    extended: boolean,
    options: ExchangeOptions,
  ): Promise<Exchange | Reply> {
    const transaction = await session.mail(mail);
    if (isReply(transaction)) return transaction;
    const passage = await options.destination.open(mail, transaction);
    if (!isReply(passage)) return new Exchange(options, transaction, passage, extended);
    transaction.abort();
    return passage;
  }

  get recipients(): number {
    return this.#accepted.length;
  }

  /** RCPT TO. */
  async rcpt(recipient: Recipient): Promise<Reply> {
    const again = this.#accepted.find(({ address }) => address === recipient.address);
    if (again === undefined) {
      const refusal = await this.#transaction.rcpt(recipient);
      if (refusal !== undefined) return refusal;
      const behind = await this.#passage.rcpt(recipient);
      if (behind !== undefined) {
        this.#transaction.forget(recipient);
        return behind;
      }
    }
    this.#accepted.push(again ?? recipient);
    return replies.recipientOk;
  }

  /** DATA. A refusal, or undefined: say 354. */
  async data(): Promise<Reply | undefined> {
    const refusal = await this.#transaction.data();
    if (refusal === undefined) this.#passage.waiting?.();
    return refusal;
  }

  /**
   * The message is here. One answer, or with LMTP one for each recipient (RFC 2033 §4.2). `listening` tells whether
   * the client is still there to hear it: one that has gone will come again, so nothing is delivered to it then.
   */
  async message(data: DecodedData, listening: () => boolean): Promise<Reply[]> {
    this.#over = true;
    try {
      return await this.#handle(data, listening);
    } catch (err) {
      this.#options.log.error({ id: this.#transaction.id, err }, 'message could not be handled');
      this.#transaction.finish('deferred', 'internal error');
      return this.#all(replies.temporary);
    } finally {
      this.#passage.close();
    }
  }

  async #handle(data: DecodedData, listening: () => boolean): Promise<Reply[]> {
    const fault = this.#fault(data);
    if (fault !== undefined) return this.#refuse(fault);
    const { raw } = data;
    const judgement = this.#options.scan ? await this.#transaction.judge(raw) : trusted(raw);
    if (judgement.decision === 'refuse') return this.#refuse(judgement.reply ?? replies.temporary);
    if (!listening()) {
      this.#transaction.finish('deferred', 'the client has gone');
      return [];
    }
    const ok = reply(250, '2.0.0', `Ok: ${this.#transaction.id}`);
    if (judgement.decision === 'discard') {
      this.#transaction.finish('discarded');
      return this.#all(ok);
    }
    const message: PassedMessage = {
      raw,
      edits: [...this.#trace(), ...judgement.edits],
      spam: judgement.spam || judgement.decision === 'quarantine',
      score: judgement.score,
      required: judgement.verdict?.required,
      authentication: this.#options.scan
        ? judgement.verdict?.authentication
        : this.#options.earlierResults?.(raw),
    };
    const held = judgement.decision === 'quarantine' && (await this.#hold(message, judgement));
    return held ? this.#all(ok) : this.#deliver(message);
  }

  #fault(data: DecodedData): Reply | undefined {
    if (data.tooLarge) return replies.sizeExceeded;
    if (data.noRoom) return replies.noMemory;
    if ((data.bareCr || data.bareLf) && this.#options.bareLineEndings === 'refuse') return BARE_LINE_ENDING;
    return data.lineTooLong ? LINE_TOO_LONG : undefined;
  }

  #trace(): HeaderEdit[] {
    const { hostname, protocol, received, now } = this.#options;
    if (!received) return [];
    const facts = {
      id: this.#transaction.id,
      hostname,
      protocol,
      extended: this.#extended,
      now: new Date(now()),
    };
    return [
      {
        kind: 'insert',
        position: 0,
        name: 'Received',
        value: receivedValue(this.#transaction.envelope, facts),
      },
    ];
  }

  /** False when there is no quarantine: the message goes on, to Junk. */
  async #hold({ raw, edits, score }: PassedMessage, { reason = '', verdict }: Judgement): Promise<boolean> {
    const { quarantine } = this.#options;
    if (quarantine === undefined) return false;
    const { id, envelope } = this.#transaction;
    const symbols = verdict?.hits.map(({ symbol }) => symbol) ?? [];
    await quarantine.hold({ id, pieces: editedPieces(raw, edits), envelope, reason, score, symbols });
    this.#transaction.finish('quarantined', reason);
    return true;
  }

  #refuse(answer: Reply): Reply[] {
    this.#transaction.finish(isTemporary(answer) ? 'deferred' : 'rejected', replyLine(answer));
    return this.#all(answer);
  }

  async #deliver(message: PassedMessage): Promise<Reply[]> {
    if (this.#options.protocol === 'lmtp') {
      const outcomes = await this.#passage.deliver(message);
      this.#finish(outcomes);
      return this.#accepted.map(
        (recipient) =>
          outcomes.find((outcome) => outcome.recipient === recipient)?.reply ?? replies.temporary,
      );
    }
    if (this.#options.destination.outcome === 'forwarded') {
      const outcomes = await this.#passage.deliver(message);
      this.#finish(outcomes);
      return [outcomes[0]?.reply ?? replies.temporary];
    }
    return [await this.#deliverAsOne(message)];
  }

  /** One answer for what may have gone differently for each recipient; see fold.ts. */
  async #deliverAsOne(message: PassedMessage): Promise<Reply> {
    const { partial, bounce } = this.#options;
    const { envelope } = this.#transaction;
    const key = partialKey(envelope, message.raw);
    const before = await partial.recall(key);
    const all = [...envelope.recipients];
    const have = all.filter(({ address }) => before.has(address));
    for (const recipient of have) this.#transaction.forget(recipient);
    const delivered = envelope.recipients.length === 0 ? [] : await this.#passage.deliver(message);
    const again = reply(250, '2.0.0', 'Ok: delivered before');
    const outcomes = [...delivered, ...have.map((recipient) => ({ recipient, reply: again }))];
    const answer = await foldOutcomes(outcomes, async (failed) => {
      try {
        await bounce(this.#transaction, message, failed);
      } catch (err) {
        this.#options.log.error({ id: this.#transaction.id, err }, 'bounce could not be kept');
        throw err;
      }
    });
    if (isTemporary(answer)) {
      const good = outcomes
        .filter((outcome) => isPositive(outcome.reply))
        .map(({ recipient }) => recipient.address);
      if (good.length > 0) await partial.remember(key, good);
    } else if (have.length > 0) await partial.forget(key);
    this.#finish(outcomes);
    return answer;
  }

  #finish(outcomes: readonly RecipientOutcome[]): void {
    const good = outcomes.filter((outcome) => isPositive(outcome.reply)).length;
    const worst = outcomes.find((outcome) => !isPositive(outcome.reply));
    const detail =
      worst === undefined ? undefined : `${good} of ${outcomes.length}; ${replyLine(worst.reply)}`;
    if (good > 0) this.#transaction.finish(this.#options.destination.outcome, detail);
    else
      this.#transaction.finish(outcomes.some((o) => isTemporary(o.reply)) ? 'deferred' : 'rejected', detail);
  }

  #all(answer: Reply): Reply[] {
    return this.#options.protocol === 'lmtp' ? this.#accepted.map(() => answer) : [answer];
  }

  /** RSET, EHLO, STARTTLS or a lost connection. After the message has come it has no effect. */
  abort(): void {
    if (this.#over) return;
    this.#over = true;
    this.#transaction.abort();
    this.#passage.close();
  }
}

/** The judgement of whoever looked at the message before us. */
function trusted(raw: Uint8Array): Judgement {
  const flag = parseMessage(raw).header.get('x-spam-flag')?.value ?? '';
  return { decision: 'accept', edits: [], spam: /^yes\b/i.test(flag), score: 0 };
}

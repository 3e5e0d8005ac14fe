import { ScanError } from '../filter/types.ts';
import type { Verdict } from '../filter/types.ts';
import type { Log } from '../log.ts';
import type { Client, Envelope, Recipient } from '../message/envelope.ts';
import { replyLine } from '../policy/reply.ts';
import type { Reply } from '../policy/reply.ts';
import { replies } from '../policy/replies.ts';
import type { Protocol } from '../policy/types.ts';
import { failureOf, judgementOf, judgementWithout } from './judgement.ts';
import { clip, safely } from './logging.ts';
import type { Outcome } from './observer.ts';
import { askPolicy } from './surroundings.ts';
import type { Surroundings } from './surroundings.ts';
import type { Judgement, MailCommand, MessageFacts, Transaction } from './types.ts';

/** Symbols in the verdict's log line: with the heaviest first, more say nothing new. */
const MAX_LOGGED_SYMBOLS = 64;

export class MailTransaction implements Transaction {
  readonly id: string;
  readonly envelope: Envelope;
  readonly #around: Surroundings;
  readonly #protocol: Protocol;
  readonly #log: Log;
  readonly #begun: number;
  #judged = false;
  #ended = false;

  constructor(
    around: Surroundings,
    protocol: Protocol,
    id: string,
    log: Log,
    client: Client,
    mail: MailCommand,
  ) {
    this.#around = around;
    this.#protocol = protocol;
    this.#log = log;
    this.#begun = around.now();
    this.id = id;
    const { sender, smtputf8, body, ret, envid } = mail;
    this.envelope = { client, sender, recipients: [], smtputf8, body, ret, envid };
    safely(log, () => around.observer.begun?.(protocol));
  }

  /** Whether `judge` was called: from then on only the server knows how it ends. */
  get judged(): boolean {
    return this.#judged;
  }

  async rcpt(recipient: Recipient): Promise<Reply | undefined> {
    if (this.#judged || this.#ended) return replies.badSequence;
    const fields = { recipient: clip(recipient.address) };
    const refusal = await askPolicy(this.#around, this.#log, this.#protocol, 'rcpt', fields, () =>
      this.#around.policy.rcpt(this.#peer(), this.envelope, recipient),
    );
    if (refusal !== undefined) return refusal;
    this.envelope.recipients.push(recipient);
    this.#log.info(fields, 'rcpt');
    return undefined;
  }

  forget(recipient: Recipient): void {
    const { recipients } = this.envelope;
    const same = recipients.indexOf(recipient);
    const at = same >= 0 ? same : recipients.findLastIndex((other) => other.address === recipient.address);
    if (at < 0) return;
    recipients.splice(at, 1);
    this.#log.info({ recipient: clip(recipient.address) }, 'rcpt taken back');
  }

  async data(): Promise<Reply | undefined> {
    if (this.#judged || this.#ended) return replies.badSequence;
    return askPolicy(this.#around, this.#log, this.#protocol, 'data', {}, () =>
      this.#around.policy.data(this.#peer(), this.envelope),
    );
  }

  async judge(raw: Uint8Array, about: MessageFacts = {}): Promise<Judgement> {
    this.#judged = true;
    const judgement = await this.#decide(raw, about);
    return judgement.decision === 'accept' || judgement.decision === 'quarantine'
      ? this.#sign(raw, judgement)
      : judgement;
  }

  /** Last of all: a signature is over the message with the other edits. */
  async #sign(raw: Uint8Array, judgement: Judgement): Promise<Judgement> {
    const { outgoing } = this.#around;
    if (outgoing === undefined) return judgement;
    const { id, envelope } = this;
    const { edits, verdict } = judgement;
    try {
      const added = await outgoing.sign(
        {
          id,
          raw,
          edits,
          protocol: this.#protocol,
          client: envelope.client,
          received: verdict?.authentication && {
            results: verdict.authentication.field,
            chain: verdict.authentication.arc.result,
          },
        },
        this.#log,
      );
      return added === undefined ? judgement : { ...judgement, edits: [...added, ...edits] };
    } catch (err) {
      this.#log.error({ err, mail: outgoing.onFailure }, 'cannot sign');
      return outgoing.onFailure === 'unsigned'
        ? judgement
        : { ...judgement, decision: 'refuse', reply: replies.temporary };
    }
  }

  async #decide(raw: Uint8Array, about: MessageFacts): Promise<Judgement> {
    const message = { size: raw.length, queueId: clip(about.queueId) };
    const refusal = await askPolicy(this.#around, this.#log, this.#protocol, 'message', message, () =>
      this.#around.policy.message(this.#peer(), raw.length),
    );
    if (refusal !== undefined)
      return { decision: 'refuse', reply: refusal, edits: [], spam: false, score: 0 };
    if (this.#exempt()) {
      this.#log.info(message, 'not scanned: trusted client');
      return { decision: 'accept', edits: [], spam: false, score: 0 };
    }
    const started = this.#around.now();
    try {
      const verdict = await this.#scan(raw);
      const judgement = judgementOf(verdict, this.#around.settings);
      const waited = this.#around.now() - started;
      this.#log.info({ ...message, ...verdictFields(verdict, judgement), waited }, 'verdict');
      safely(this.#log, () => this.#around.observer.verdict?.(this.#protocol, verdict, waited / 1000));
      safely(this.#log, () => this.#around.observer.judged?.(this.envelope, verdict));
      return judgement;
    } catch (cause) {
      const failure = failureOf(cause);
      const judgement = judgementWithout(failure, this.#around.settings);
      this.#log[failure === 'error' ? 'error' : 'warn'](
        {
          ...message,
          reason: failure,
          err: cause,
          decision: judgement.decision,
          reply: judgement.reply && replyLine(judgement.reply),
          waited: this.#around.now() - started,
        },
        judgement.decision === 'accept' ? 'scan failed, accepted unscanned' : 'scan failed',
      );
      safely(this.#log, () => this.#around.observer.scanFailed?.(this.#protocol, failure));
      return judgement;
    }
  }

  finish(outcome: Outcome, detail?: string): void {
    if (this.#ended) {
      this.#log.error({ outcome, detail: clip(detail) }, 'finished twice');
      return;
    }
    this.#end(outcome, { detail: clip(detail) });
  }

  abort(): void {
    if (!this.#ended) this.#end('aborted', {});
  }

  #end(outcome: Outcome | 'aborted', fields: object): void {
    this.#ended = true;
    const elapsed = this.#around.now() - this.#begun;
    const { sender, recipients } = this.envelope;
    this.#log.info(
      { outcome, ...fields, sender: clip(sender), recipients: recipients.length, elapsed },
      'finish',
    );
    safely(this.#log, () => this.#around.observer.finished?.(this.#protocol, outcome, elapsed / 1000));
  }

  #exempt(): boolean {
    const { client } = this.envelope;
    const authenticated = client.user !== undefined && client.user !== '';
    return (
      (authenticated && !this.#around.settings.scanAuthenticated) || this.#around.trusted.has(client.address)
    );
  }

  /** The scanner's answer, or a ScanError when it takes longer than any of its own limits would allow. */
  async #scan(raw: Uint8Array): Promise<Verdict> {
    const seconds = this.#around.settings.scanDeadline;
    const { promise: deadline, reject } = Promise.withResolvers<never>();
    const timer = setTimeout(
      () => reject(new ScanError('timeout', `no answer of the scanner within ${seconds} s`)),
      seconds * 1000,
    );
    try {
      const scan = this.#around.scanner.scan({ id: this.id, raw, envelope: this.envelope });
      return await Promise.race([scan, deadline]);
    } finally {
      clearTimeout(timer);
    }
  }

  #peer(): { protocol: Protocol; client: Client } {
    return { protocol: this.#protocol, client: this.envelope.client };
  }
}

function verdictFields(verdict: Verdict, judgement: Judgement): object {
  const { action, score, required, spam, cpu, elapsed } = verdict;
  const symbols = verdict.hits
    .toSorted((a, b) => Math.abs(b.score) - Math.abs(a.score))
    .slice(0, MAX_LOGGED_SYMBOLS)
    .map((hit) => ({ symbol: hit.symbol, score: hit.score, detail: clip(hit.detail) }));
  return {
    action,
    score,
    required,
    spam,
    symbols,
    decision: judgement.decision,
    reply: judgement.reply && replyLine(judgement.reply),
    cpu,
    elapsed,
  };
}

import type { Scanner } from '../filter/types.ts';
import type { Log } from '../log.ts';
import type { Client } from '../message/envelope.ts';
import { Networks } from '../net/networks.ts';
import type { Reply } from '../policy/reply.ts';
import type { Policy, Protocol } from '../policy/types.ts';
import { createIds } from './id.ts';
import { clip } from './logging.ts';
import type { Observer, Stage } from './observer.ts';
import type { Outgoing } from './outgoing.ts';
import type { TransactionSettings } from './settings.ts';
import { askPolicy } from './surroundings.ts';
import type { Surroundings } from './surroundings.ts';
import { MailTransaction } from './transaction.ts';
import type { MailCommand, Session, Transaction, Transactions } from './types.ts';

export interface TransactionsOptions {
  policy: Policy;
  scanner: Scanner;
  settings: TransactionSettings;
  log: Log;
  /** Milliseconds since the epoch. */
  now: () => number;
  /** Makes the ids of messages; default {@link createIds}. */
  randomId?: () => string;
  observer?: Observer;
  /** Signs and seals what leaves. */
  outgoing?: Outgoing;
}

/** Throws a TypeError when the settings name a network that is none. */
export function createTransactions(options: TransactionsOptions): Transactions {
  const { settings, now } = options;
  const surroundings: Surroundings = {
    policy: options.policy,
    scanner: options.scanner,
    outgoing: options.outgoing,
    settings,
    log: options.log,
    now,
    nextId: options.randomId ?? createIds(now, Math.random),
    observer: options.observer ?? {},
    trusted: new Networks(settings.trustedNetworks),
  };
  return { connect: (protocol, client) => new MailSession(surroundings, protocol, client) };
}

class MailSession implements Session {
  readonly #around: Surroundings;
  readonly #protocol: Protocol;
  #client: Client;
  #current: MailTransaction | undefined;

  constructor(around: Surroundings, protocol: Protocol, client: Client) {
    this.#around = around;
    this.#protocol = protocol;
    this.#client = { ...client };
  }

  get client(): Client {
    return this.#client;
  }

  opened(): Promise<Reply | undefined> {
    return this.#ask('connect', {}, () => this.#around.policy.connection(this.#peer()));
  }

  async helo(name: string): Promise<Reply | undefined> {
    const refusal = await this.#ask('helo', { helo: clip(name) }, () =>
      this.#around.policy.helo(this.#peer(), name),
    );
    if (refusal === undefined) this.update({ helo: name });
    return refusal;
  }

  /** A new object each time: the transaction in flight keeps the client as it was at MAIL FROM. */
  update(client: Partial<Client>): void {
    this.#client = { ...this.#client, ...client };
  }

  async mail(mail: MailCommand): Promise<Transaction | Reply> {
    // A server sees to it that there is one at a time; if one was left open, its story must end too.
    this.#current?.abort();
    this.#current = undefined;
    const id = this.#around.nextId();
    const log = this.#around.log.child({ id });
    log.info({ protocol: this.#protocol, client: clientFields(this.#client) }, 'client');
    const refusal = await askPolicy(this.#around, log, this.#protocol, 'mail', mailFields(mail), () =>
      this.#around.policy.mail(this.#peer(), mail),
    );
    if (refusal !== undefined) return refusal;
    log.info(mailFields(mail), 'mail');
    this.#current = new MailTransaction(this.#around, this.#protocol, id, log, this.#client, mail);
    return this.#current;
  }

  close(): void {
    // What has been judged is the server's to finish: its answer may still be on the way from the next hop.
    if (this.#current?.judged === false) this.#current.abort();
    this.#current = undefined;
  }

  #peer(): { protocol: Protocol; client: Client } {
    return { protocol: this.#protocol, client: this.#client };
  }

  #ask(stage: Stage, fields: object, question: () => Promise<Reply | undefined>): Promise<Reply | undefined> {
    const about = { protocol: this.#protocol, client: clientFields(this.#client), ...fields };
    return askPolicy(this.#around, this.#around.log, this.#protocol, stage, about, question);
  }
}

function clientFields(client: Client): object {
  const { address, port, name, helo, user, tls } = client;
  return { address, port, name: clip(name), helo: clip(helo), user: clip(user), tls: tls?.version };
}

function mailFields({ sender, size, smtputf8, body }: MailCommand): object {
  return { sender: clip(sender), size, smtputf8, body };
}

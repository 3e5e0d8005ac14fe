import { setInterval, clearInterval } from 'node:timers';
import type { Log } from '../../log.ts';
import { ConnectionContext, WireHeaderLine, path } from './contexts.ts';
import type { Agreed, Answer, Decision, Handlers, RecipientPath } from './handlers.ts';
import { Macros } from './macros.ts';
import { MessageContext } from './message.ts';
import type { Output } from './message.ts';
import { RULES, endsConnection, isFinal, permitted, toResponse } from './rules.ts';
import type { Stage } from './rules.ts';
import type { Wish } from './wire/negotiation.ts';
import { negotiate } from './wire/negotiation.ts';
import { STEPS } from './wire/constants.ts';
import { ProtocolError } from './wire/types.ts';
import type { Command, Connect, Negotiate } from './wire/types.ts';

export interface SessionOptions {
  /** The handlers of one SMTP connection. Called again when the socket goes on with another one. */
  handlers(connection: ConnectionContext): Handlers;
  /** What to ask for, unless there is a negotiate handler. */
  wish(offer: Negotiate, handlers: Handlers): Wish;
  output: Output;
  log: Log;
  nextId(): number;
  progressInterval: number;
}

const nothingAgreed: Agreed = { version: 0, actions: 0, steps: 0 };

/**
 * The filter's side of one socket: takes the MTA's commands one after the other, asks the handlers, sends their
 * answers. Knows nothing of sockets; the caller feeds it and waits for each command before the next.
 */
export class Session {
  readonly #options: SessionOptions;
  readonly #macros = new Macros();
  readonly #gone = new AbortController();
  #agreed: Agreed | undefined;
  #connection: ConnectionContext;
  #handlers: Handlers;
  /** CONNECT came, or a command that stands in for one that was not asked for. */
  #connected = false;
  /** Ended the filtering of this connection; answers everything that follows. */
  #connectionDecision: Decision | undefined;
  #message: MessageContext | undefined;
  /** Ended the filtering of this message; answers the rest of its commands. */
  #messageDecision: Decision | undefined;
  #skipBody = false;
  #ended = false;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#connection = this.#newConnection();
    this.#handlers = options.handlers(this.#connection);
  }

  /** QUIT came: the socket can be closed. */
  get ended(): boolean {
    return this.#ended;
  }

  /** No message is under way. */
  get idle(): boolean {
    return this.#message === undefined;
  }

  /**
   * Works one command off; its answer has been sent when this resolves.
   * @throws ProtocolError when the command cannot come here; the socket is to be closed
   */
  async receive(command: Command): Promise<void> {
    if (command.type === 'negotiate') return this.#negotiate(command);
    if (command.type === 'quit') return this.#quit();
    if (this.#agreed === undefined) throw new ProtocolError(`${command.type} before the negotiation`);
    switch (command.type) {
      case 'macros':
        this.#macros.define(command.stage, command.macros);
        return;
      case 'abort':
        return this.#endMessage(true);
      case 'quit-new-connection':
        return this.#nextConnection();
      case 'connect':
        return this.#connect(command);
      case 'helo': {
        // A second HELO also resets what was under way (RFC 5321 §4.1.4).
        await this.#endMessage(true);
        this.#macros.reached('H');
        this.#connected = true;
        this.#connection.helo = command.name;
        return this.#answer('helo', (handlers) => handlers.helo?.(this.#connection, command.name));
      }
      case 'unknown':
        this.#macros.reached('U');
        return this.#answer('unknown', (handlers) => handlers.unknown?.(this.#connection, command.command));
      default:
        return this.#inMessage(command);
    }
  }

  /** Nobody is there any more: handlers waiting for something may stop. Call {@link finish} after the last command. */
  disconnect(): void {
    this.#gone.abort();
  }

  /** The socket is closed and no command is being worked on. */
  async finish(): Promise<void> {
    this.#gone.abort();
    await this.#quit();
  }

  #newConnection(): ConnectionContext {
    const agreed = this.#agreed ?? nothingAgreed;
    return new ConnectionContext(this.#options.nextId(), this.#gone.signal, this.#macros, agreed);
  }

  async #negotiate(offer: Negotiate): Promise<void> {
    if (this.#agreed !== undefined) throw new ProtocolError('a second negotiation');
    const wish =
      (await this.#handlers.negotiate?.(offer, this.#connection)) ??
      this.#options.wish(offer, this.#handlers);
    const agreement = negotiate(offer, wish);
    this.#agreed = { version: agreement.version, actions: agreement.actions, steps: agreement.steps };
    this.#connection.agreed = this.#agreed;
    this.#options.output.send(agreement);
  }

  async #connect(command: Connect): Promise<void> {
    // An MTA that learnt who the client really is (XCLIENT) may begin again.
    if (this.#connected) await this.#nextConnection(true);
    this.#connected = true;
    this.#macros.reached('C');
    const connection = this.#connection;
    connection.hostname = command.hostname;
    connection.family = command.family;
    connection.address = command.address;
    connection.port = command.port;
    return this.#answer('connect', (handlers) => handlers.connect?.(connection));
  }

  /** Commands of a message. */
  async #inMessage(
    command: Extract<Command, { type: 'mail' | 'rcpt' | 'data' | 'header' | 'eoh' | 'body' | 'eom' }>,
  ): Promise<void> {
    if (command.type === 'mail') await this.#endMessage(true, 'M');
    const message = this.#openMessage(command.type);
    switch (command.type) {
      case 'mail': {
        this.#macros.reached('M');
        const sender = path(command.argv);
        message.sender = sender;
        return this.#answer('mail', (handlers) => handlers.mail?.(message, sender));
      }
      case 'rcpt': {
        this.#macros.reached('R');
        const recipient = { ...path(command.argv), rejected: this.#macros.get('rcpt_mailer') === 'error' };
        return this.#recipient(message, recipient);
      }
      case 'data':
        this.#macros.reached('T');
        return this.#answer('data', (handlers) => handlers.data?.(message));
      case 'header': {
        this.#macros.reached('L');
        const line = new WireHeaderLine(command.name, command.value, this.#agreed?.steps ?? 0);
        return this.#answer('header', (handlers) => handlers.header?.(message, line));
      }
      case 'eoh':
        this.#macros.reached('N');
        return this.#answer('eoh', (handlers) => handlers.endOfHeaders?.(message));
      case 'body':
        this.#macros.reached('B');
        return this.#answer('body', (handlers) =>
          this.#skipBody ? 'skip' : handlers.body?.(message, command.chunk),
        );
      case 'eom':
        return this.#endOfMessage(message, command.chunk);
    }
  }

  async #recipient(message: MessageContext, recipient: RecipientPath): Promise<void> {
    const decision = await this.#give('rcpt', (handlers) => handlers.rcpt?.(message, recipient));
    if (!recipient.rejected && !isFinal(decision)) message.recipients.push(recipient);
  }

  async #endOfMessage(message: MessageContext, chunk: Buffer): Promise<void> {
    const steps = this.#agreed?.steps ?? 0;
    if (chunk.length > 0 && !this.#skipBody && (steps & STEPS.NOBODY) === 0) {
      const early = await this.#decide('body', (handlers) => handlers.body?.(message, chunk));
      if (isFinal(early)) this.#messageDecision ??= early;
    }
    this.#macros.reached('E');
    message.begin(this.#options.output);
    const alive = setInterval(() => message.progress(), this.#options.progressInterval);
    const decision = await this.#decide('eom', async (handlers) => {
      const answer = await handlers.endOfMessage?.(message);
      await message.settle();
      return answer;
    });
    clearInterval(alive);
    message.end();
    // Drop the message first: whoever sees the answer may ask whether we are idle.
    this.#forgetMessage();
    if (endsConnection(decision)) this.#connectionDecision = decision;
    this.#options.output.send(toResponse(decision));
  }

  async #answer(stage: Stage, ask: (handlers: Handlers) => Answer): Promise<void> {
    await this.#give(stage, ask);
  }

  /** Asks, remembers a decision that ends something, and sends the answer where one is waited for. */
  async #give(stage: Stage, ask: (handlers: Handlers) => Answer): Promise<Decision> {
    const rule = RULES[stage];
    const decision = await this.#decide(stage, ask);
    const steps = this.#agreed?.steps ?? 0;
    const silent = (steps & rule.noReply) !== 0;
    if (isFinal(decision)) {
      if (endsConnection(decision) || rule.scope === 'connection') this.#connectionDecision ??= decision;
      else if (rule.scope === 'message' || decision === 'accept' || decision === 'discard') {
        if (rule.scope !== 'command') this.#messageDecision ??= decision;
      } else if (silent && rule.scope === 'recipient')
        this.#options.log.warn(
          { stage },
          'milter: a refusal was lost, the MTA does not wait for an answer here',
        );
    }
    if (decision === 'skip') this.#skipBody = true;
    if (!silent)
      this.#options.output.send(
        toResponse(decision === 'skip' && (steps & STEPS.SKIP) === 0 ? 'continue' : decision),
      );
    return decision;
  }

  /** What holds already, or what the handler says. A handler that fails defers the mail. */
  async #decide(stage: Stage, ask: (handlers: Handlers) => Answer): Promise<Decision> {
    const settled = this.#connectionDecision ?? this.#messageDecision;
    if (settled !== undefined && stage !== 'unknown') return settled;
    try {
      const decision = (await ask(this.#handlers)) ?? 'continue';
      if (permitted(stage, decision)) return decision;
      this.#options.log.error({ stage, decision }, 'milter: a decision that is not allowed at this stage');
      return decision === 'skip' ? 'continue' : 'tempfail';
    } catch (error) {
      this.#options.log.error({ stage, err: error }, 'milter: a handler failed');
      return 'tempfail';
    }
  }

  #openMessage(type: Command['type']): MessageContext {
    if (this.#message !== undefined) return this.#message;
    const steps = this.#agreed?.steps ?? 0;
    if (type !== 'mail' && (steps & STEPS.NOMAIL) === 0) throw new ProtocolError(`${type} before mail`);
    this.#connected = true;
    this.#message = new MessageContext(this.#connection);
    return this.#message;
  }

  /** The message is over without having been finished. Macros of `keep` are those of the command that ended it. */
  async #endMessage(aborted: boolean, keep?: 'M'): Promise<void> {
    const message = this.#message;
    if (message === undefined) return;
    const undecided = this.#messageDecision === undefined && this.#connectionDecision === undefined;
    this.#forgetMessage(keep);
    if (!aborted || !undecided) return;
    await this.#quietly('abort', () => this.#handlers.abort?.(message));
  }

  #forgetMessage(keep?: 'M'): void {
    this.#message = undefined;
    this.#messageDecision = undefined;
    this.#skipBody = false;
    if (keep === undefined) this.#macros.endOfMessage();
  }

  async #nextConnection(keepMacros = false): Promise<void> {
    await this.#endMessage(true);
    const old = this.#connection;
    await this.#quietly('close', () => this.#handlers.close?.(old));
    if (!keepMacros) this.#macros.clear();
    this.#connectionDecision = undefined;
    this.#connected = false;
    this.#connection = this.#newConnection();
    this.#handlers = this.#options.handlers(this.#connection);
  }

  async #quit(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#endMessage(true);
    await this.#quietly('close', () => this.#handlers.close?.(this.#connection));
  }

  async #quietly(what: string, call: () => void | Promise<void>): Promise<void> {
    try {
      await call();
    } catch (error) {
      this.#options.log.error({ stage: what, err: error }, 'milter: a handler failed');
    }
  }
}

import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { SMTPConnection } from 'smtp-server/lib/smtp-connection.js';
import type { SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection.js';
import type { SMTPServer } from 'smtp-server';
import type { SMTPStream } from 'smtp-server/lib/smtp-stream.js';
import type { Client } from '../../message/envelope.ts';
import { isPositive, reply } from '../../policy/reply.ts';
import type { Reply } from '../../policy/reply.ts';
import type { MemoryShare } from '../../net/memory-budget.ts';
import { replies } from '../../policy/replies.ts';
import type { Session } from '../../transaction/types.ts';
import { isReply, parseMail, parseRcpt } from './command.ts';
import type { ConnectionContext } from './context.ts';
import type { DecodedData } from './data-decoder.ts';
import { FIRST_CAPACITY } from './message-buffer.ts';
import { Exchange } from './exchange.ts';
import { CommandStream } from './stream.ts';

const TOO_MANY_COMMANDS = reply(421, '4.7.0', 'Too many commands without a message');
const MESSAGE_TIMEOUT = reply(421, '4.4.2', 'Message took too long');
const LINE_TOO_LONG = reply(500, '5.5.2', 'Command line too long');
const NESTED_MAIL = reply(503, '5.5.1', 'A transaction is open already');
const MAIL_FIRST = reply(503, '5.5.1', 'MAIL first');

/**
 * One client. smtp-server reads the lines, keeps the order of commands, speaks TLS, SASL, XCLIENT and XFORWARD; what
 * MAIL, RCPT, DATA and the message mean is the {@link Exchange}'s, and all texts and enhanced codes of those are ours.
 */
export class MailConnection extends SMTPConnection {
  readonly #context: ConnectionContext;
  #session: Session | undefined;
  #exchange: Exchange | undefined;
  /** Policy's refusal of the client that XCLIENT named; answered to its EHLO. */
  #unwelcome: Reply | undefined;
  /** The message is in and the client waits for us. */
  #busy = false;
  #draining = false;
  #errors = 0;
  #commands = 0;
  #messageTimer: NodeJS.Timeout | undefined;
  /** What the message coming in, or being judged, takes of the memory of all. */
  readonly #memory: MemoryShare;

  constructor(
    server: SMTPServer,
    socket: Socket,
    options: SMTPConnectionOptions | undefined,
    context: ConnectionContext,
  ) {
    super(server, socket, options);
    this.#context = context;
    this.#memory = context.memory.share();
  }

  /** Whether this is one of the MTAs and balancers of ours, which hold many connections and need no tests. */
  get #trusted(): boolean {
    const { xclient, xforward, proxyProtocol } = this.#context.trust;
    // Behind a balancer it is the client that the balancer names; of the balancer itself it names none.
    const peer = this._originalRemoteAddress;
    return [xclient, xforward, proxyProtocol].some((peers) => peers.has(peer));
  }

  override init(): void {
    const { settings, connections } = this.#context;
    connections.add(this);
    this._setListeners(() => {
      const { connectionsPerAddress: perAddress } = settings;
      const same = (other: MailConnection): boolean => other.remoteAddress === this.remoteAddress;
      if (settings.connections > 0 && connections.size > settings.connections)
        this.#reply(replies.tooManyConnections);
      else if (perAddress > 0 && !this.#trusted && [...connections].filter(same).length > perAddress)
        this.#reply(replies.tooManyConnections);
      else if (this.#context.greetingDelay === 0 || this.#trusted) this.connectionReady();
      else setTimeout(() => this.connectionReady(), this.#context.greetingDelay).unref();
    });
  }

  /** Policy's say on the connection, before the greeting. */
  async opened(): Promise<Reply | undefined> {
    this.session.disabledCommands = this.#context.disabledCommands(this.secure);
    this.#session = this.#context.transactions.connect(this.#context.exchange.protocol, this.#client());
    return this.#session.opened();
  }

  /** TLS has begun: nothing said before counts (RFC 3207 §4.2). */
  secured(socket: TLSSocket | Socket): void {
    this.session.disabledCommands = this.#context.disabledCommands(true);
    if (!('getProtocol' in socket)) return;
    const tls = { version: socket.getProtocol() ?? undefined, cipher: socket.getCipher().standardName };
    this.#session?.update({ tls, helo: undefined, user: undefined });
  }

  authenticated(user: string): void {
    this.#session?.update({ user });
  }

  /** The server goes down: at once where nothing is under way, else after the transaction. */
  drain(): void {
    this.#draining = true;
    if (this.#exchange === undefined) this.#reply(replies.shuttingDown);
  }

  destroy(): void {
    this._socket.destroy();
  }

  #client(): Client {
    const name =
      this.clientHostname === false || this.clientHostname.startsWith('[') ? undefined : this.clientHostname;
    return {
      address: this.remoteAddress === '' ? undefined : this.remoteAddress,
      port: this.remotePort === 0 ? undefined : this.remotePort,
      name,
    };
  }

  override _createParser(): SMTPStream {
    const parser = new CommandStream({ maxCommandLength: this._server.options.maxCommandLength });
    parser.oncommand = (command, callback) => this._onCommand(command, callback);
    parser.on('error', () => {
      this.#reply(LINE_TOO_LONG);
      this.close();
    });
    return parser;
  }

  override _getEnhancedStatusCode(code: number, context?: string | false): string {
    // Our own replies bring theirs.
    if (typeof context === 'string' && /^[245]\.\d/.test(context)) return context;
    return super._getEnhancedStatusCode(code, context);
  }

  #reply({ code, enhanced, text }: Reply): void {
    this.send(code, typeof text === 'string' ? text : [...text], enhanced);
  }

  override send(code: number, data?: string | string[] | null, context?: string | false): void {
    if (code >= 400) this.#errors++;
    super.send(code, data, context);
  }

  override _onCommand(command: Buffer, callback?: () => void): void {
    const { errors, commands } = this.#context.settings;
    if (!this._upgrading && this._ready) {
      if (this.#draining && this.#exchange === undefined) return this.#reply(replies.shuttingDown);
      if (this.#errors >= errors) return this.#reply(replies.tooManyErrors);
      if (++this.#commands > commands) return this.#reply(TOO_MANY_COMMANDS);
    }
    super._onCommand(command, callback);
  }

  override _onTimeout(): void {
    if (this.#busy) this._armTimeout();
    else super._onTimeout();
  }

  override _resetSession(): void {
    this.#exchange?.abort();
    this.#exchange = undefined;
    super._resetSession();
  }

  override _onClose(): void {
    clearTimeout(this.#messageTimer);
    this.#context.connections.delete(this);
    this.#exchange?.abort();
    // A message that is being judged still needs its memory.
    if (!this.#busy) this.#memory.release();
    this.#session?.close();
    super._onClose();
  }

  override _proxyCommandAllowed(command: string, option: 'useXClient' | 'useXForward'): boolean {
    const { xclient, xforward } = this.#context.trust;
    const peers = option === 'useXClient' ? xclient : xforward;
    return !this._xClient.has('ADDR') && peers.has(this._originalRemoteAddress) && this._isSupported(command);
  }

  /** Runs a handler; what it returns is the answer. A fault of ours is a 451, and the session goes on. */
  async #handle(callback: () => void, handler: () => Promise<Reply | undefined>): Promise<void> {
    const answer = await this.#guarded(handler);
    if (answer !== undefined) this.#reply(answer);
    callback();
  }

  async #guarded(handler: () => Promise<Reply | undefined>): Promise<Reply | undefined> {
    try {
      return await handler();
    } catch (err) {
      this.#context.log.error({ err, client: this.remoteAddress }, 'command failed');
      return replies.temporary;
    }
  }

  override handler_EHLO(command: Buffer, callback: () => void): void {
    void this.#hello(command, callback, () => super.handler_EHLO(command, callback));
  }

  override handler_HELO(command: Buffer, callback: () => void): void {
    void this.#hello(command, callback, () => super.handler_HELO(command, callback));
  }

  async #hello(command: Buffer, callback: () => void, accept: () => void): Promise<void> {
    const words = command.toString().trim().split(/\s+/);
    const name = words.length === 2 ? words[1] : undefined;
    const refusal = await this.#guarded(
      async () => this.#unwelcome ?? (name === undefined ? undefined : this.#session?.helo(name)),
    );
    if (refusal === undefined) return accept();
    this.#reply(refusal);
    callback();
  }

  override handler_XCLIENT(command: Buffer, callback: () => void): void {
    const before = this._xClient.size;
    super.handler_XCLIENT(command, () => {
      if (this._xClient.size === before) return callback();
      // Another client from here on: what policy thinks of it is asked anew.
      void this.#handle(callback, async () => {
        this.#session?.close();
        this.#unwelcome = await this.opened();
        const helo = this._xClient.get('HELO');
        this.#session?.update({
          ...(typeof helo === 'string' ? { helo } : {}),
          ...(typeof this.session.user === 'string' ? { user: this.session.user } : {}),
        });
        return undefined;
      });
    });
  }

  override handler_XFORWARD(command: Buffer, callback: () => void): void {
    super.handler_XFORWARD(command, () => {
      const helo = this._xForward.get('HELO');
      this.#session?.update({ ...this.#client(), ...(typeof helo === 'string' ? { helo } : {}) });
      callback();
    });
  }

  override handler_MAIL(command: Buffer, callback: () => void): void {
    void this.#handle(callback, () => this.#mail(command.toString()));
  }

  async #mail(line: string): Promise<Reply> {
    if (this.#exchange !== undefined) return NESTED_MAIL;
    const mail = parseMail(line);
    if (isReply(mail)) return mail;
    if (this.#unwelcome !== undefined) return this.#unwelcome;
    if (mail.size !== undefined && mail.size > this.#context.settings.messageBytes)
      return replies.sizeExceeded;
    if (this.#session === undefined) return replies.badSequence;
    const extended = this.openingCommand !== 'HELO';
    const begun = await Exchange.begin(this.#session, mail, extended, this.#context.exchange);
    if (isReply(begun)) return begun;
    if (this._closing || this._closed) {
      begun.abort();
      return replies.shuttingDown;
    }
    this.#exchange = begun;
    // The library refuses XCLIENT in the middle of a transaction by this.
    this.session.envelope.mailFrom = { address: mail.sender, args: false };
    return replies.senderOk;
  }

  override handler_RCPT(command: Buffer, callback: () => void): void {
    void this.#handle(callback, async () => {
      if (this.#exchange === undefined) return MAIL_FIRST;
      const recipient = parseRcpt(command.toString());
      if (isReply(recipient)) return recipient;
      if (this.#exchange.recipients >= this.#context.settings.recipients) return replies.tooManyRecipients;
      return this.#exchange.rcpt(recipient);
    });
  }

  override handler_DATA(_command: Buffer, callback: () => void): void {
    void this.#handle(callback, async () => {
      const exchange = this.#exchange;
      const { settings } = this.#context;
      if (exchange === undefined) return MAIL_FIRST;
      // RFC 2033 §4.2: LMTP answers 503.
      if (exchange.recipients === 0)
        return this.#context.exchange.protocol === 'lmtp' ? replies.badSequence : replies.noRecipients;
      const refusal = await exchange.data();
      if (refusal !== undefined || !(this._parser instanceof CommandStream)) return refusal;
      if (!this.#memory.grow(FIRST_CAPACITY)) return replies.noMemory;
      const limits = {
        size: settings.messageBytes,
        line: settings.messageLine,
        memory: this.#memory,
        bare: settings.bareLineEndings === 'normalise' ? ('normalise' as const) : ('keep' as const),
      };
      this._parser.receive(limits, (data, resume) => void this.#message(exchange, data, resume));
      this.#messageTimer = setTimeout(() => this.#reply(MESSAGE_TIMEOUT), settings.messageTimeout * 1000);
      return reply(354, '', 'End data with <CR><LF>.<CR><LF>');
    });
  }

  async #message(exchange: Exchange, data: DecodedData, resume: () => void): Promise<void> {
    clearTimeout(this.#messageTimer);
    this.#busy = true;
    const answers = await exchange.message(data, () => !this._closing && !this._socket.destroyed);
    this.#busy = false;
    this.#memory.release();
    this.#exchange = undefined;
    for (const answer of answers) this.#reply(answer);
    if (answers.some(isPositive)) {
      this.#errors = 0;
      this.#commands = 0;
      this._unrecognizedCommands = 0;
    }
    this._resetSession();
    if (this.#draining) this.#reply(replies.shuttingDown);
    resume();
  }
}

import type { Socket } from 'node:net';
import { createServer, type TlsOptions, type TLSSocket } from 'node:tls';
import { tlsChannel } from '../../policy/sasl/tls-channel.ts';
import type { ManageSieveOptions } from './options.ts';
import { type Link, Session } from './session.ts';
import { CommandReader, UnreadableError } from './wire/reader.ts';
import type { Line, Response } from './wire/types.ts';
import { writeChallenge, writeResponse } from './wire/writer.ts';

/** Milliseconds a handshake may take. */
const HANDSHAKE_TIMEOUT = 30_000;
/** Milliseconds a client has to read our last word. */
const LINGER = 2000;
/** Times the largest script that is read over when a client sends a larger one; beyond it, it is not worth the line. */
const SKIPPED_SCRIPTS = 16;

/** Why waiting for the client ended. */
type Event = 'readable' | 'gone' | 'timeout' | 'drain';

/** One client: its socket, TLS, and the times it may take. Runs its commands one after another. */
export class Connection implements Link {
  readonly address: string;
  readonly #options: ManageSieveOptions;
  readonly #tls: () => TlsOptions | undefined;
  readonly #reader: CommandReader;
  readonly #session: Session;
  #socket: Socket;
  #gone = false;
  #draining = false;
  #wake: ((event: Event) => void) | undefined;
  #loginDeadline: number;
  /** Resolves when the connection has ended. */
  readonly ended: Promise<void>;

  constructor(
    socket: Socket,
    address: string,
    options: ManageSieveOptions,
    tls: () => TlsOptions | undefined,
  ) {
    this.address = address;
    this.#options = options;
    this.#tls = tls;
    this.#socket = socket;
    this.#loginDeadline = performance.now() + options.settings.loginTimeout * 1000;
    this.#session = new Session(options, { address }, this);
    this.#reader = new CommandReader(this.#limits());
    this.#listen(socket);
    this.ended = this.#run()
      .catch((error: unknown) => options.log.error({ err: error, client: address }, 'connection failed'))
      .then(() => this.#end());
  }

  get startTls(): boolean {
    return this.#tls() !== undefined;
  }

  /** The server goes down: at once where nothing is under way, else after the command. */
  drain(): void {
    this.#draining = true;
    this.#wake?.('drain');
  }

  destroy(): void {
    this.#socket.destroy();
  }

  async ask(challenge: Uint8Array): Promise<Line | undefined> {
    if (!(await this.#write(writeChallenge(challenge)))) return undefined;
    return this.#line();
  }

  #listen(socket: Socket): void {
    socket.setNoDelay(true);
    socket.on('readable', () => this.#wake?.('readable'));
    const gone = (): void => {
      if (this.#socket !== socket) return;
      this.#gone = true;
      this.#wake?.('gone');
    };
    // A client that has said all it wants may still read our answers.
    socket.on('end', gone);
    socket.on('close', gone);
    socket.on('error', (err) => {
      this.#options.log.debug({ err, client: this.address }, 'connection failed');
      gone();
    });
  }

  async #run(): Promise<void> {
    await this.#write(this.#session.greeting());
    for (;;) {
      const line = await this.#line();
      if (line === undefined) return;
      const loggedIn = this.#session.account !== undefined;
      const { output, next } = await this.#session.execute(line);
      if (next === 'starttls') {
        if (!(await this.#upgrade(output))) return;
      } else if (!(await this.#write(output)) || next === 'close') return;
      if (loggedIn && this.#session.account === undefined)
        this.#loginDeadline = performance.now() + this.#options.settings.loginTimeout * 1000;
      this.#reader.limits = this.#limits();
    }
  }

  #limits() {
    const { settings, scriptBytes } = this.#options;
    const literal = this.#session?.account === undefined ? settings.lineBytes : scriptBytes;
    return {
      line: settings.lineBytes,
      literal,
      skipped: literal === scriptBytes ? literal * SKIPPED_SCRIPTS : literal,
    };
  }

  /** The client's next line; undefined when there will be none, and the client has been told why. */
  async #line(): Promise<Line | undefined> {
    for (;;) {
      let line: Line | undefined;
      try {
        line = this.#reader.next();
      } catch (error) {
        if (!(error instanceof UnreadableError)) throw error;
        return this.#bye({ status: 'BYE', text: error.message });
      }
      if (line !== undefined) return line;
      const chunk = this.#socket.read() as Buffer | null;
      if (chunk !== null) {
        this.#reader.push(chunk);
        continue;
      }
      if (this.#gone) return undefined;
      if (this.#draining && !this.#reader.busy)
        return this.#bye({ status: 'BYE', code: { name: 'TRYLATER' }, text: 'Service going down' });
      if ((await this.#wait(this.#patience())) === 'timeout')
        return this.#bye({ status: 'BYE', text: 'You have been silent for too long' });
    }
  }

  /** Milliseconds the client may still take. */
  #patience(): number {
    return this.#session.account === undefined
      ? Math.max(0, this.#loginDeadline - performance.now())
      : this.#options.settings.idleTimeout * 1000;
  }

  async #wait(milliseconds: number): Promise<Event> {
    const { promise, resolve } = Promise.withResolvers<Event>();
    const timer = setTimeout(() => resolve('timeout'), milliseconds);
    this.#wake = resolve;
    const event = await promise;
    clearTimeout(timer);
    this.#wake = undefined;
    return event;
  }

  async #bye(response: Response): Promise<undefined> {
    await this.#write(writeResponse(response));
    return undefined;
  }

  /** False when the client is gone, or does not read what it asked for. */
  async #write(octets: Buffer): Promise<boolean> {
    const socket = this.#socket;
    if (socket.destroyed || !socket.writable) return false;
    if (socket.write(octets)) return true;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(false), Math.max(LINGER, this.#patience()));
    socket.once('drain', () => resolve(true));
    socket.once('close', () => resolve(false));
    const written = await promise;
    clearTimeout(timer);
    if (!written) socket.destroy();
    return written;
  }

  /** RFC 5804 §2.2. False when there is no TLS afterwards, and so no connection. */
  async #upgrade(output: Buffer): Promise<boolean> {
    const options = this.#tls();
    const plain = this.#socket;
    if (options === undefined) return false;
    // What came in clear after the command was put there by somebody who wants it taken for the client's.
    this.#reader.clear();
    while (plain.read() !== null);
    plain.removeAllListeners('readable');
    plain.removeAllListeners('end');
    if (plain.destroyed || this.#gone) return false;
    plain.write(output);
    const secure = await handshake(plain, options, (err) =>
      this.#options.log.debug({ err, client: this.address }, 'TLS handshake failed'),
    );
    if (secure === undefined) {
      plain.destroy();
      return false;
    }
    this.#socket = secure;
    this.#listen(secure);
    this.#session.secured({ address: this.address, tls: tlsChannel(secure) });
    return this.#write(this.#session.greeting());
  }

  async #end(): Promise<void> {
    const socket = this.#socket;
    if (socket.destroyed) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, LINGER);
    socket.once('close', () => resolve());
    socket.once('error', () => resolve());
    socket.end();
    socket.resume();
    await promise;
    clearTimeout(timer);
    socket.destroy();
  }
}

/** The server side of a TLS handshake; undefined when it fails. */
async function handshake(
  plain: Socket,
  options: TlsOptions,
  failed: (error: Error) => void,
): Promise<TLSSocket | undefined> {
  const { promise, resolve } = Promise.withResolvers<TLSSocket | undefined>();
  // A server that listens nowhere: it also says whether the client's certificate is one of those we know.
  const server = createServer({ ...options, handshakeTimeout: HANDSHAKE_TIMEOUT });
  server.once('secureConnection', resolve);
  server.once('tlsClientError', (error) => {
    failed(error);
    resolve(undefined);
  });
  // Its end was read, but not told, before TLS took over: TLS would wait for it in vain.
  for (const event of ['end', 'close']) plain.once(event, () => resolve(undefined));
  // Whoever ends before the handshake is over will not finish it.
  plain.allowHalfOpen = false;
  server.emit('connection', plain);
  const secure = await promise;
  server.removeAllListeners();
  if (secure !== undefined) secure.allowHalfOpen = true;
  return secure;
}

import { connect as connectSocket, isIP } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { endpointText } from '../../net/endpoint.ts';
import type { Endpoint } from '../../net/endpoint.ts';
import { MIN_TLS_VERSION } from '../../net/tls.ts';
import { encodeData } from './data-encoder.ts';
import { ehloFeatures, ReplyReader } from './next-hop-reply.ts';
import type { NextHopReply } from './next-hop-reply.ts';
import type { NextHopSettings } from './settings.ts';

/** The connection to the next hop failed, ended or timed out; what it was doing is in the message, for the log. */
export class NextHopError extends Error {}

/** Octets that are gathered before they are written, so that a message full of dots is not sent in crumbs. */
const WRITE_BLOCK = 64 * 1024;

interface Waiter {
  resolve: (answer: NextHopReply) => void;
  reject: (error: Error) => void;
}

/**
 * A connection to the next hop, as its SMTP client. Commands wait for one another; each rejects with
 * {@link NextHopError} when the connection cannot give its answer.
 */
export class NextHopConnection {
  readonly #endpoint: Endpoint;
  readonly #settings: NextHopSettings;
  #socket: Socket;
  #reader = new ReplyReader();
  #waiter: Waiter | undefined;
  /** A refusal that came before it was waited for: a message not taken to its end, or 421 before closing. */
  #early: NextHopReply | undefined;
  #failure: NextHopError | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #keepAlive: NodeJS.Timeout | undefined;
  /** What the last EHLO announced. */
  features: ReadonlyMap<string, string> = new Map();
  secure = false;

  private constructor(endpoint: Endpoint, settings: NextHopSettings) {
    this.#endpoint = endpoint;
    this.#settings = settings;
    this.#socket = connectSocket({ ...endpoint, noDelay: true });
    this.#listen();
  }

  /** Connects, waits for the greeting, says EHLO, and takes TLS as the settings say. Rejects with {@link NextHopError}. */
  static async open(endpoint: Endpoint, helo: string, settings: NextHopSettings): Promise<NextHopConnection> {
    try {
      return await NextHopConnection.#open(endpoint, helo, settings, settings.tls);
    } catch (error) {
      // RFC 7435 §3: what is opportunistic goes on in clear when TLS does not work.
      if (settings.tls !== 'may' || !(error instanceof HandshakeError)) throw error;
      return NextHopConnection.#open(endpoint, helo, settings, 'none');
    }
  }

  static async #open(
    endpoint: Endpoint,
    helo: string,
    settings: NextHopSettings,
    tls: NextHopSettings['tls'],
  ): Promise<NextHopConnection> {
    const connection = new NextHopConnection(endpoint, settings);
    try {
      await connection.#begin(helo, tls);
      return connection;
    } catch (error) {
      connection.destroy();
      throw error;
    }
  }

  async #begin(helo: string, tls: NextHopSettings['tls']): Promise<void> {
    const seconds = this.#settings.connectTimeout;
    const greeting = await this.#answer('greeting', seconds);
    if (greeting.code !== 220) throw this.#refused('greeting', greeting);
    await this.#hello(helo);
    if (tls === 'none') return;
    if (!this.features.has('STARTTLS')) {
      if (tls === 'may') return;
      throw new NextHopError(`${endpointText(this.#endpoint)} does not offer STARTTLS`);
    }
    const go = await this.#exchange('STARTTLS', seconds);
    if (go.code !== 220) {
      if (tls === 'may') return;
      throw this.#refused('STARTTLS', go);
    }
    await this.#startTls(tls === 'verify');
    await this.#hello(helo);
  }

  async #hello(helo: string): Promise<void> {
    const answer = await this.#exchange(`EHLO ${helo}`, this.#settings.connectTimeout);
    if (answer.code === 250) {
      this.features = ehloFeatures(answer);
      return;
    }
    // RFC 5321 §3.2: a server that does not know EHLO gets HELO.
    const old =
      answer.code >= 500 ? await this.#exchange(`HELO ${helo}`, this.#settings.connectTimeout) : answer;
    if (old.code !== 250) throw this.#refused('EHLO', old);
    this.features = new Map();
  }

  #startTls(verify: boolean): Promise<void> {
    // RFC 3207 §6: what came behind the 220 in clear is not to be believed.
    if (this.#reader.pending || !this.alive)
      throw new HandshakeError('the next hop sent more than its answer to STARTTLS');
    const plain = this.#socket;
    for (const event of ['data', 'error', 'close']) plain.removeAllListeners(event);
    // Errors of the lower socket come up through the TLS one.
    plain.on('error', () => undefined);
    const host = 'host' in this.#endpoint ? this.#endpoint.host : 'localhost';
    const secured = connectTls({
      socket: plain,
      minVersion: MIN_TLS_VERSION,
      rejectUnauthorized: verify,
      host,
      ...(isIP(host) === 0 ? { servername: host } : {}),
    });
    this.#socket = secured;
    this.#reader = new ReplyReader();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const fail = (error?: Error): void =>
      reject(
        new HandshakeError(
          `TLS with ${endpointText(this.#endpoint)} failed: ${error?.message ?? 'connection closed'}`,
        ),
      );
    const timer = setTimeout(() => fail(new Error('timed out')), this.#settings.connectTimeout * 1000);
    secured.once('error', fail);
    secured.once('close', () => fail());
    secured.once('secureConnect', () => {
      secured.removeListener('error', fail);
      this.secure = true;
      this.#listen();
      resolve();
    });
    return promise.finally(() => clearTimeout(timer));
  }

  /** False when the other side has closed or something went wrong. */
  get alive(): boolean {
    return this.#failure === undefined && this.#early === undefined;
  }

  /** Sends a line (without CRLF) and waits for its answer. */
  command(line: string): Promise<NextHopReply> {
    return this.#exchange(line, this.#settings.commandTimeout);
  }

  /** Sends the message, after 354, and waits for what becomes of it. */
  async message(pieces: Iterable<Uint8Array>): Promise<NextHopReply> {
    this.pauseKeepAlive();
    let block: Uint8Array[] = [];
    let size = 0;
    for (const piece of encodeData(pieces)) {
      block.push(piece);
      size += piece.length;
      if (size < WRITE_BLOCK) continue;
      await this.#write(block);
      block = [];
      size = 0;
    }
    await this.#write(block);
    return this.#answer('message', this.#settings.dataTimeout);
  }

  /** Keeps the next hop from closing while there is nothing to tell it. */
  startKeepAlive(): void {
    if (this.#settings.keepAlive === 0) return;
    this.#keepAlive = setInterval(() => {
      // A failure shows in the next command.
      this.command('NOOP').catch(() => undefined);
    }, this.#settings.keepAlive * 1000);
    this.#keepAlive.unref();
  }

  pauseKeepAlive(): void {
    clearInterval(this.#keepAlive);
  }

  /** Says goodbye without waiting for the answer: the transaction is over, or is dropped by this (RFC 5321 §4.1.1.10). */
  quit(): void {
    this.pauseKeepAlive();
    if (!this.alive) return;
    this.#exchange('QUIT', 5).then(
      () => this.destroy(),
      () => this.destroy(),
    );
  }

  destroy(): void {
    this.pauseKeepAlive();
    this.#failure ??= new NextHopError('the connection was given up');
    this.#socket.destroy();
  }

  #exchange(line: string, seconds: number): Promise<NextHopReply> {
    const turn = this.#last.then(async () => {
      await this.#write([Buffer.from(`${line}\r\n`)]);
      return this.#answer(line.split(' ', 1)[0] ?? '', seconds);
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  async #answer(to: string, seconds: number): Promise<NextHopReply> {
    const early = this.#early;
    this.#early = undefined;
    if (early !== undefined) return early;
    if (this.#failure !== undefined) throw this.#failure;
    const { promise, resolve, reject } = Promise.withResolvers<NextHopReply>();
    this.#waiter = { resolve, reject };
    const timer = setTimeout(() => this.#fail(`no answer to ${to} within ${seconds} s`), seconds * 1000);
    try {
      return await promise;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Resolves when the socket wants more. */
  async #write(pieces: readonly Uint8Array[]): Promise<void> {
    // Its answer is there already; there is nobody to write to any more.
    if (this.#early !== undefined) return;
    if (this.#failure !== undefined) throw this.#failure;
    const socket = this.#socket;
    socket.cork();
    for (const piece of pieces) socket.write(piece);
    socket.uncork();
    if (!socket.writableNeedDrain) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(
      () => this.#fail('the message is not taken'),
      this.#settings.commandTimeout * 1000,
    );
    socket.once('drain', resolve);
    socket.once('close', resolve);
    await promise;
    clearTimeout(timer);
    socket.removeListener('drain', resolve);
    socket.removeListener('close', resolve);
    if (this.#failure !== undefined && this.#early === undefined) throw this.#failure;
  }

  #listen(): void {
    const socket = this.#socket;
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', (error) => this.#fail(error.message));
    socket.on('close', () => this.#fail('connection closed'));
  }

  #read(chunk: Buffer): void {
    let answers: NextHopReply[];
    try {
      answers = this.#reader.push(chunk);
    } catch (error) {
      this.#fail(error instanceof Error ? error.message : String(error));
      return;
    }
    for (const answer of answers) {
      const waiter = this.#waiter;
      this.#waiter = undefined;
      if (waiter !== undefined) waiter.resolve(answer);
      else if (answer.code >= 400 && this.#early === undefined) this.#early = answer;
      else this.#fail(`unasked: ${answer.code} ${answer.lines.join(' ')}`);
    }
  }

  #fail(reason: string): void {
    this.#failure ??= new NextHopError(`next hop ${endpointText(this.#endpoint)}: ${reason}`);
    this.pauseKeepAlive();
    this.#socket.destroy();
    const waiter = this.#waiter;
    this.#waiter = undefined;
    waiter?.reject(this.#failure);
  }

  #refused(what: string, { code, lines }: NextHopReply): NextHopError {
    return new NextHopError(
      `next hop ${endpointText(this.#endpoint)} answered ${what} with ${code} ${lines.join(' ')}`,
    );
  }
}

/** TLS could not be begun. */
class HandshakeError extends NextHopError {}

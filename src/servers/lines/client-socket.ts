import type { Socket } from 'node:net';
import { createServer, type TlsOptions, type TLSSocket } from 'node:tls';
import { constants, createDeflateRaw, createInflateRaw, type DeflateRaw, type InflateRaw } from 'node:zlib';
import type { Log } from '../../log.ts';

/** Milliseconds a handshake may take. */
const HANDSHAKE_TIMEOUT = 30_000;
/** Milliseconds a client has to read our last word. */
const LINGER = 2000;
/** Octets of a chunk that is made smaller: what inflates waits in the stream until it is read, so one chunk bounds it. */
const INFLATE_CHUNK = 16 * 1024;

/** Why waiting for the client ended. */
export type Waited = 'readable' | 'gone' | 'timeout' | 'drain' | 'woken';

/** The socket of a client that talks in lines: TLS, compression, and the times it may take. One reader, one writer. */
export class ClientSocket {
  readonly address: string;
  readonly #log: Log;
  #socket: Socket;
  #gone = false;
  #draining = false;
  #woken = false;
  #wake: ((event: Waited) => void) | undefined;
  #compression: { deflate: DeflateRaw; inflate: InflateRaw } | undefined;

  constructor(socket: Socket, address: string, log: Log) {
    this.address = address;
    this.#log = log;
    this.#socket = socket;
    this.#listen(socket);
  }

  /** The client has ended its side, or the connection is broken. */
  get gone(): boolean {
    return this.#gone;
  }

  /** The server goes down. */
  get draining(): boolean {
    return this.#draining;
  }

  get compressed(): boolean {
    return this.#compression !== undefined;
  }

  drain(): void {
    this.#draining = true;
    this.#wake?.('drain');
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Ends a {@link wait}: the one that runs, or the next. */
  wake(): void {
    if (this.#wake === undefined) this.#woken = true;
    else this.#wake('woken');
  }

  /** What has come; null for nothing. */
  read(): Buffer | null {
    const compression = this.#compression;
    if (compression === undefined) return this.#socket.read() as Buffer | null;
    const ready = compression.inflate.read() as Buffer | null;
    if (ready !== null) return ready;
    // Only what was asked for is inflated: a client cannot fill our memory with what is small on the line.
    if (compression.inflate.writableNeedDrain) return null;
    const chunk = this.#socket.read(Math.min(INFLATE_CHUNK, this.#socket.readableLength)) as Buffer | null;
    if (chunk !== null) compression.inflate.write(chunk, () => this.#wake?.('readable'));
    return null;
  }

  async wait(milliseconds: number): Promise<Waited> {
    if (this.#woken) {
      this.#woken = false;
      return 'woken';
    }
    const { promise, resolve } = Promise.withResolvers<Waited>();
    const timer = setTimeout(() => resolve('timeout'), milliseconds);
    this.#wake = resolve;
    const event = await promise;
    clearTimeout(timer);
    this.#wake = undefined;
    return event;
  }

  /** False when the client is gone, or does not read for `patience` milliseconds what it asked for. */
  async write(octets: Buffer, patience: number): Promise<boolean> {
    const socket = this.#socket;
    if (socket.destroyed || !socket.writable) return false;
    const compression = this.#compression;
    if (compression !== undefined) {
      compression.deflate.write(octets);
      const { promise, resolve } = Promise.withResolvers<void>();
      compression.deflate.once('close', resolve);
      compression.deflate.flush(constants.Z_SYNC_FLUSH, () => resolve());
      await promise;
      compression.deflate.removeListener('close', resolve);
      if (socket.destroyed) return false;
      if (!socket.writableNeedDrain) return true;
    } else if (socket.write(octets)) return true;
    const { promise, resolve } = Promise.withResolvers<boolean>();
    const timer = setTimeout(() => resolve(false), Math.max(LINGER, patience));
    const drained = (): void => resolve(true);
    const closed = (): void => resolve(false);
    socket.once('drain', drained);
    socket.once('close', closed);
    const written = await promise;
    clearTimeout(timer);
    socket.removeListener('drain', drained);
    socket.removeListener('close', closed);
    if (!written) socket.destroy();
    return written;
  }

  /**
   * TLS from here on, after `output`, if any. What came in clear and was not read is dropped: it was put there by
   * somebody who wants it taken for the client's. Undefined when there is no TLS afterwards, and so no connection.
   */
  async secure(options: TlsOptions, output?: Buffer): Promise<TLSSocket | undefined> {
    const plain = this.#socket;
    if (output !== undefined) while (plain.read() !== null);
    plain.removeAllListeners('readable');
    plain.removeAllListeners('end');
    if (plain.destroyed || this.#gone) return undefined;
    if (output !== undefined) plain.write(output);
    const secure = await handshake(plain, options, (err) =>
      this.#log.debug({ err, client: this.address }, 'TLS handshake failed'),
    );
    if (secure === undefined) {
      plain.destroy();
      return undefined;
    }
    this.#socket = secure;
    this.#listen(secure);
    return secure;
  }

  /** Both directions are DEFLATE from here on (RFC 4978 §3). */
  compress(): void {
    const socket = this.#socket;
    // Less than zlib takes by itself: some ten KiB instead of 256 for each connection.
    const deflate = createDeflateRaw({ windowBits: 13, memLevel: 5, flush: constants.Z_SYNC_FLUSH });
    const inflate = createInflateRaw({ chunkSize: INFLATE_CHUNK });
    deflate.on('data', (chunk: Buffer) => socket.writable && socket.write(chunk));
    inflate.on('readable', () => this.#wake?.('readable'));
    const failed = (err: Error): void => {
      this.#log.debug({ err, client: this.address }, 'connection failed');
      socket.destroy();
    };
    deflate.on('error', failed);
    inflate.on('error', failed);
    socket.once('close', () => {
      deflate.destroy();
      inflate.destroy();
    });
    this.#compression = { deflate, inflate };
  }

  /** Ends it once the client has read what was sent. */
  async end(): Promise<void> {
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
      this.#log.debug({ err, client: this.address }, 'connection failed');
      gone();
    });
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

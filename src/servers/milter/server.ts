import { chmod } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo, ListenOptions, Server, Socket } from 'node:net';
import type { Log } from '../../log.ts';
import { silentLog } from '../../log.ts';
import { removeStaleSocket } from '../../net/listen.ts';
import { parseAddress } from './address.ts';
import type { MilterAddress } from './address.ts';
import type { Connection, Handlers } from './handlers.ts';
import { Session } from './session.ts';
import { defaultMilterSettings } from './settings.ts';
import type { MilterSettings } from './settings.ts';
import { wish } from './wish.ts';
import type { WishOptions } from './wish.ts';
import { decodeCommand } from './wire/commands.ts';
import { PacketReader } from './wire/reader.ts';
import { encodeResponse } from './wire/responses.ts';
import { ProtocolError } from './wire/types.ts';

export interface MilterServerOptions extends WishOptions {
  /** The same handlers for every connection, or a function that makes those of one connection. */
  handlers: Handlers | ((connection: Connection) => Handlers);
  log?: Log;
  settings?: Partial<
    Pick<
      MilterSettings,
      'maxConnections' | 'maxPacketBytes' | 'idleTimeout' | 'progressInterval' | 'drainTimeout' | 'socketMode'
    >
  >;
}

/** Bytes that may wait while a handler works; then the socket is not read until it is done. */
const HIGH_WATER = 256 * 1024;

/** A socket and its session. */
class Peer {
  readonly socket: Socket;
  readonly closed: Promise<void>;
  readonly #session: Session;
  readonly #reader: PacketReader;
  readonly #log: Log;
  #working = false;
  #draining = false;

  constructor(socket: Socket, session: Session, reader: PacketReader, log: Log) {
    this.socket = socket;
    this.#session = session;
    this.#reader = reader;
    this.#log = log;
    socket.on('data', (chunk) => {
      this.#reader.push(chunk);
      if (this.#reader.buffered > HIGH_WATER) socket.pause();
      void this.#work();
    });
    socket.on('error', (error) => this.#log.debug({ err: error }, 'milter: connection lost'));
    socket.on('timeout', () => {
      this.#log.info({}, 'milter: idle connection closed');
      socket.destroy();
    });
    this.closed = new Promise((resolve) => {
      socket.on('close', () => {
        this.#session.disconnect();
        // While a command is being worked on, `#work` finishes the session.
        if (this.#working) this.#whenIdle = resolve;
        else void this.#session.finish().then(resolve);
      });
    });
  }

  #whenIdle: (() => void) | undefined;

  /** Closes the connection as soon as no message is under way. */
  drain(): void {
    this.#draining = true;
    if (!this.#working && this.#session.idle) this.socket.end();
  }

  async #work(): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    try {
      while (!this.socket.destroyed) {
        const packet = this.#reader.next();
        if (packet === undefined) break;
        await this.#session.receive(decodeCommand(packet));
        if (this.#session.ended || (this.#draining && this.#session.idle)) {
          this.socket.end();
          break;
        }
        if (this.socket.isPaused() && this.#reader.buffered <= HIGH_WATER) this.socket.resume();
      }
      // A packet larger than the high-water mark needs more bytes to become whole.
      if (this.socket.isPaused()) this.socket.resume();
    } catch (error) {
      if (error instanceof ProtocolError)
        this.#log.warn({ problem: error.message }, 'milter: protocol error, connection closed');
      else this.#log.error({ err: error }, 'milter: connection closed after a fault');
      this.socket.destroy();
    } finally {
      this.#working = false;
      if (this.#whenIdle !== undefined) void this.#session.finish().then(this.#whenIdle);
    }
  }
}

/**
 * A milter: listens, speaks the protocol, asks the handlers.
 *
 * ```ts
 * const milter = createMilterServer({
 *   handlers: { endOfMessage: (message) => message.addHeader('X-Seen', 'yes') },
 * });
 * await milter.listen('inet:8891@127.0.0.1');
 * ```
 */
export class MilterServer {
  /** The server beneath, for `listen` in other ways. */
  readonly server: Server;
  readonly #options: MilterServerOptions;
  readonly #settings: MilterSettings;
  readonly #log: Log;
  readonly #peers = new Set<Peer>();
  #connections = 0;

  constructor(options: MilterServerOptions) {
    this.#options = options;
    this.#settings = { ...defaultMilterSettings, ...options.settings };
    this.#log = options.log ?? silentLog;
    this.server = createServer({ noDelay: true, keepAlive: true }, (socket) => this.#accept(socket));
    this.server.maxConnections = this.#settings.maxConnections;
    // A connection that could not be taken, for want of file descriptors for instance: no reason to end.
    this.server.on('error', (error) => this.#log.warn({ err: error }, 'milter: listening socket failed'));
    this.server.on('drop', () => this.#log.warn({}, 'milter: too many connections, one was dropped'));
  }

  /** Connections from MTAs at the moment. */
  get connections(): number {
    return this.#peers.size;
  }

  /** Milliseconds of silence allowed from now on. */
  set idleTimeout(value: number) {
    this.#settings.idleTimeout = value;
  }

  /**
   * Listens on `inet:port@host`, `host:port`, `unix:path`, … (see {@link parseAddress}); without a host on loopback. A
   * unix socket left behind by a process that is gone is replaced, one that answers is not.
   * @returns the port listened on, or the path
   * @throws AddressError, or the error of the system (EADDRINUSE, EACCES, …)
   */
  async listen(address: string | MilterAddress, backlog?: number): Promise<number | string> {
    const target = typeof address === 'string' ? parseAddress(address) : address;
    if (!('path' in target)) {
      await this.#bind({ port: target.port, host: target.host ?? '127.0.0.1', backlog });
      return (this.server.address() as AddressInfo).port;
    }
    await removeStaleSocket(target.path);
    await this.#bind({ path: target.path, backlog });
    await chmod(target.path, this.#settings.socketMode);
    return target.path;
  }

  /**
   * Stops accepting, closes the connections without a message at once and the others when theirs is over, or after
   * `drainTimeout`. Resolves when the last handler has returned.
   */
  async close(drainTimeout = this.#settings.drainTimeout): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    const deadline = setTimeout(() => {
      this.#log.warn(
        { connections: this.#peers.size },
        'milter: connections closed in the middle of a message',
      );
      for (const peer of this.#peers) peer.socket.destroy();
    }, drainTimeout);
    for (const peer of this.#peers) peer.drain();
    await Promise.all([...this.#peers].map((peer) => peer.closed));
    await closed;
    clearTimeout(deadline);
  }

  #bind(options: ListenOptions): Promise<void> {
    return new Promise((resolve, reject) => {
      this.server.once('error', reject);
      this.server.listen(options, () => {
        this.server.off('error', reject);
        resolve();
      });
    });
  }

  #accept(socket: Socket): void {
    const { handlers } = this.#options;
    const log = this.#log;
    socket.setTimeout(this.#settings.idleTimeout);
    let session: Session;
    try {
      session = new Session({
        handlers: (connection) => (typeof handlers === 'function' ? handlers(connection) : handlers),
        wish: (offer, present) => wish(this.#options, offer, present),
        output: {
          send: (response) => {
            if (socket.writable) socket.write(encodeResponse(response));
          },
          drained: () => drained(socket),
        },
        log,
        nextId: () => ++this.#connections,
        progressInterval: this.#settings.progressInterval,
      });
    } catch (error) {
      log.error({ err: error }, 'milter: no handlers for a connection');
      socket.destroy();
      return;
    }
    const peer = new Peer(socket, session, new PacketReader(this.#settings.maxPacketBytes), log);
    this.#peers.add(peer);
    void peer.closed.then(() => this.#peers.delete(peer));
  }
}

/** A milter from its handlers. */
export function createMilterServer(options: MilterServerOptions): MilterServer {
  return new MilterServer(options);
}

/** Resolves when the socket takes more, or is closed. */
function drained(socket: Socket): Promise<void> {
  if (!socket.writableNeedDrain || socket.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const done = (): void => {
      socket.off('drain', done);
      socket.off('close', done);
      resolve();
    };
    socket.on('drain', done);
    socket.on('close', done);
  });
}

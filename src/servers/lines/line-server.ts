import { createServer, type Server, type Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';
import type { Log } from '../../log.ts';
import type { Endpoint } from '../../net/endpoint.ts';
import { listenAt } from '../../net/listen.ts';
import { Networks, plainAddress } from '../../net/networks.ts';
import { identityFault, MIN_TLS_VERSION, type TlsIdentity } from '../../net/tls.ts';

/** Milliseconds a client has to read why it is not served. */
const LINGER = 500;

/** A server of a protocol of lines, on one or more addresses. */
export interface LineServer {
  /** Resolves with where it listens (the port in place of 0). Rejects when it cannot. `implicitTls`: TLS comes first. */
  listen(endpoint: Endpoint, options?: { readonly implicitTls?: boolean }): Promise<Endpoint>;
  /** Takes no more connections, ends those that are idle, and waits for the commands of the others, at most `deadline` ms. */
  close(deadline: number): Promise<void>;
  /** For TLS sessions from now on. Throws a TypeError when key and certificate are not usable; the old ones stay. */
  setTls(identity: TlsIdentity): void;
  /** Connections open at this moment. */
  readonly connections: number;
}

/** One client of a server. */
export interface LineConnection {
  /** Resolves when the connection has ended. */
  readonly ended: Promise<void>;
  /** The server goes down: at once where nothing is under way, else after the command. */
  drain(): void;
  destroy(): void;
}

/** Why a client is not served. */
export type Turned = 'closing' | 'denied' | 'too many';

export interface LineServerOptions {
  readonly settings: {
    readonly connections: number;
    readonly connectionsPerAddress: number;
    readonly socketMode: number;
  };
  readonly tls: TlsIdentity | undefined;
  readonly authorities: string | undefined;
  readonly blockedNetworks: readonly string[] | undefined;
  /** The words for who is not served. */
  turnAway(why: Turned): Buffer;
  connect(client: NewClient): LineConnection;
  readonly log: Log;
}

export interface NewClient {
  readonly socket: Socket;
  readonly address: string;
  /** TLS as it is at the time of asking; undefined without. */
  tls(): TlsOptions | undefined;
  readonly implicitTls: boolean;
}

/** Throws a TypeError for settings that cannot be. */
export function createLineServer(options: LineServerOptions): LineServer {
  const { settings, log } = options;
  const blocked = new Networks(options.blockedNetworks ?? []);
  const connections = new Set<LineConnection>();
  const byAddress = new Map<string, number>();
  const servers: Server[] = [];
  let closing = false;
  let tls = options.tls === undefined ? undefined : tlsOptions(options.tls, options.authorities);

  const count = (address: string, by: number): void => {
    const next = (byAddress.get(address) ?? 0) + by;
    if (next === 0) byAddress.delete(address);
    else byAddress.set(address, next);
  };
  const turned = (address: string): Turned | undefined => {
    if (closing) return 'closing';
    if (blocked.has(address)) return 'denied';
    const same = byAddress.get(address) ?? 0;
    return connections.size < settings.connections && same < settings.connectionsPerAddress
      ? undefined
      : 'too many';
  };
  const accept = (socket: Socket, implicitTls: boolean): void => {
    const address = plainAddress(socket.remoteAddress ?? '');
    const why = turned(address);
    if (why !== undefined) {
      log.info({ client: address, reason: why }, 'connection refused');
      socket.on('error', () => undefined);
      // In clear nobody would read it where TLS comes first.
      socket.end(implicitTls ? '' : options.turnAway(why));
      socket.resume();
      setTimeout(() => socket.destroy(), LINGER).unref();
      return;
    }
    count(address, 1);
    const connection = options.connect({ socket, address, tls: () => tls, implicitTls });
    connections.add(connection);
    void connection.ended.then(() => {
      connections.delete(connection);
      count(address, -1);
    });
  };
  return {
    async listen(endpoint, { implicitTls = false } = {}) {
      const server = createServer({ allowHalfOpen: true }, (socket) => accept(socket, implicitTls));
      server.on('error', (err) => log.warn({ err }, 'listening socket failed'));
      const place = await listenAt(server, endpoint, settings.socketMode);
      servers.push(server);
      return place;
    },
    async close(deadline) {
      closing = true;
      const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)));
      for (const connection of connections) connection.drain();
      const { promise: late, resolve } = Promise.withResolvers<void>();
      const timer = setTimeout(() => {
        for (const connection of connections) connection.destroy();
        // A login that is being delayed would be waited for longer.
        resolve();
      }, deadline);
      await Promise.race([late, Promise.all([...connections].map((connection) => connection.ended))]);
      clearTimeout(timer);
      await Promise.all(closed);
    },
    setTls(next) {
      tls = tlsOptions(next, options.authorities);
    },
    get connections() {
      return connections.size;
    },
  };
}

function tlsOptions(identity: TlsIdentity, authorities = ''): TlsOptions {
  const fault = identityFault(identity);
  if (fault !== undefined) throw new TypeError(fault);
  return {
    key: identity.key,
    cert: identity.cert,
    minVersion: MIN_TLS_VERSION,
    // Who has no certificate, or one we do not know, may use a password.
    ...(authorities === '' ? {} : { ca: authorities, requestCert: true, rejectUnauthorized: false }),
  };
}

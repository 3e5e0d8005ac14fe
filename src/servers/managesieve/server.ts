import { createServer, type Server, type Socket } from 'node:net';
import type { TlsOptions } from 'node:tls';
import type { Endpoint } from '../../net/endpoint.ts';
import { listenAt } from '../../net/listen.ts';
import { Networks, plainAddress } from '../../net/networks.ts';
import { identityFault, MIN_TLS_VERSION, type TlsIdentity } from '../../net/tls.ts';
import { Connection } from './connection.ts';
import type { ManageSieveOptions } from './options.ts';
import type { Response } from './wire/types.ts';
import { writeResponse } from './wire/writer.ts';

/** Milliseconds a client has to read why it is not served. */
const LINGER = 500;

/** A ManageSieve server (RFC 5804) on one or more addresses. */
export interface ManageSieveServer {
  /** Resolves with where it listens (the port in place of 0). Rejects when it cannot. */
  listen(endpoint: Endpoint): Promise<Endpoint>;
  /** Takes no more connections, says BYE to those that are idle, and waits for the commands of the others, at most `deadline` ms. */
  close(deadline: number): Promise<void>;
  /** For TLS sessions from now on. Throws a TypeError when key and certificate are not usable; the old ones stay. */
  setTls(identity: TlsIdentity): void;
  /** Connections open at this moment. */
  readonly connections: number;
}

/** Throws a TypeError for settings that cannot be. */
export function createManageSieveServer(options: ManageSieveOptions): ManageSieveServer {
  const { settings, log } = options;
  const blocked = new Networks(options.blockedNetworks ?? []);
  const connections = new Set<Connection>();
  const servers: Server[] = [];
  let closing = false;
  let tls = options.tls === undefined ? undefined : tlsOptions(options.tls, options.authorities);

  const refusal = (address: string): Response | undefined => {
    if (closing) return { status: 'BYE', code: { name: 'TRYLATER' }, text: 'Service going down' };
    if (blocked.has(address)) return { status: 'BYE', text: 'Access denied' };
    const same = [...connections].filter((connection) => connection.address === address).length;
    if (connections.size < settings.connections && same < settings.connectionsPerAddress) return undefined;
    return { status: 'BYE', code: { name: 'TRYLATER' }, text: 'Too many connections' };
  };
  const accept = (socket: Socket): void => {
    const address = plainAddress(socket.remoteAddress ?? '');
    const refused = refusal(address);
    if (refused !== undefined) {
      log.info({ client: address, reason: refused.text }, 'connection refused');
      socket.on('error', () => undefined);
      socket.end(writeResponse(refused));
      socket.resume();
      setTimeout(() => socket.destroy(), LINGER).unref();
      return;
    }
    const connection = new Connection(socket, address, options, () => tls);
    connections.add(connection);
    void connection.ended.then(() => connections.delete(connection));
  };

  return {
    async listen(endpoint) {
      const server = createServer({ allowHalfOpen: true }, accept);
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

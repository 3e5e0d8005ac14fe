import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { SMTPServer } from 'smtp-server';
import type {
  SMTPServerAuthentication,
  SMTPServerAuthenticationResponse,
  SMTPServerOptions,
  SMTPServerSession,
} from 'smtp-server';
import type { SMTPConnectionOptions } from 'smtp-server/lib/smtp-connection.js';
import type { Endpoint } from '../../net/endpoint.ts';
import { listenAt } from '../../net/listen.ts';
import { parseProxyHeader } from '../../net/proxy-protocol.ts';
import type { ProxyHeader } from '../../net/proxy-protocol.ts';
import { identityFault, MIN_TLS_VERSION } from '../../net/tls.ts';
import type { TlsIdentity } from '../../net/tls.ts';
import { replyLine } from '../../policy/reply.ts';
import type { Reply } from '../../policy/reply.ts';
import { replies } from '../../policy/replies.ts';
import { MailConnection } from './connection.ts';
import type { ConnectionContext } from './context.ts';

/** Whether a user may log in with this password; `address` is the client's, '' at a unix socket. */
export type Authenticate = (user: string, password: string, address: string) => Promise<boolean>;

export interface MailServerOptions {
  context: ConnectionContext;
  hostname: string;
  tls?: TlsIdentity;
  authenticate?: Authenticate;
}

/** A server of mail on one or more addresses. */
export interface MailServer {
  /** Resolves with where it listens (the port in place of 0). Rejects when it cannot. */
  listen(endpoint: Endpoint): Promise<Endpoint>;
  /**
   * Takes no more connections, ends those where nothing is under way with 421, and waits for the transactions of the
   * others, at most `deadline` milliseconds.
   */
  close(deadline: number): Promise<void>;
  /** For TLS sessions from now on. Throws a TypeError when key and certificate are not usable; the old ones stay. */
  setTls(identity: TlsIdentity): void;
  /** Connections open at this moment. */
  readonly connections: number;
  /** Announces only what the next hop can do. */
  announce(features: ReadonlyMap<string, string>): void;
}

/** Time a client has to read its 421 before the connection is cut. */
const LINGER = 500;
/** Time a balancer has for its PROXY header, which it sends at once. */
const PROXY_TIMEOUT = 10_000;
/** What smtp-server can do and nobody needs: jokes of the last century. */
const NEVER = ['WIZ', 'SHELL', 'KILL', 'HELP'];

export function createMailServer(options: MailServerOptions): MailServer {
  const { context } = options;
  if (options.tls !== undefined) checkIdentity(options.tls);
  const listeners: Listener[] = [];
  const announced: Pick<SMTPServerOptions, 'hide8BITMIME' | 'hideSMTPUTF8' | 'hideDSN'> = { hideDSN: true };
  let identity = options.tls;
  return {
    async listen(endpoint) {
      const listener = new Listener({ ...options, tls: identity }, announced);
      const place = await listenAt(listener.server, endpoint, context.settings.socketMode);
      listeners.push(listener);
      return place;
    },
    async close(deadline) {
      const stopped = listeners.map((listener) => listener.stop());
      for (const connection of context.connections) connection.drain();
      const end = Date.now() + deadline;
      while (context.connections.size > 0 && Date.now() < end) {
        if ([...context.connections].every((connection) => connection._closing)) break;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      const closed = Promise.all(stopped);
      const timer = setTimeout(
        () => {
          for (const connection of context.connections) connection.destroy();
        },
        Math.min(LINGER, Math.max(0, end - Date.now())),
      );
      await closed;
      clearTimeout(timer);
    },
    setTls(next) {
      checkIdentity(next);
      identity = next;
      for (const listener of listeners) listener.updateSecureContext({ ...next });
    },
    get connections() {
      return context.connections.size;
    },
    announce(features) {
      announced.hide8BITMIME = !features.has('8BITMIME');
      announced.hideSMTPUTF8 = !features.has('SMTPUTF8');
      announced.hideDSN = !features.has('DSN');
      for (const listener of listeners) Object.assign(listener.options, announced);
    },
  };
}

function checkIdentity(identity: TlsIdentity): void {
  const fault = identityFault(identity);
  if (fault !== undefined) throw new TypeError(fault);
}

/** One address we listen on: smtp-server's own server, with our connections, PROXY headers and answers. */
class Listener extends SMTPServer {
  readonly #context: ConnectionContext;
  readonly #authenticate: Authenticate | undefined;
  readonly #bySession = new WeakMap<SMTPServerSession, MailConnection>();

  constructor({ context, hostname, tls, authenticate }: MailServerOptions, announced: SMTPServerOptions) {
    const { settings } = context;
    super({
      ...announced,
      name: hostname,
      lmtp: context.exchange.protocol === 'lmtp',
      size: settings.messageBytes,
      hideENHANCEDSTATUSCODES: false,
      heloResponse: '%s',
      authOptional: true,
      authMethods: ['PLAIN', 'LOGIN'],
      disableReverseLookup: true,
      disabledCommands: context.disabledCommands(false),
      maxCommandLength: settings.commandLine,
      socketTimeout: settings.idleTimeout * 1000,
      logger: false,
      ...(tls === undefined ? {} : { key: tls.key, cert: tls.cert, minVersion: MIN_TLS_VERSION }),
    });
    this.#context = context;
    this.#authenticate = authenticate;
    // A client that went away or a handshake that failed: a matter of that connection, which has ended by itself.
    this.on('error', (err) => context.log.debug({ err }, 'connection failed'));
  }

  /** Closes the listening socket; resolves when the last connection has gone. */
  stop(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.server.close(() => resolve());
    for (const pending of this._pendingSockets.values()) pending.destroy();
    return promise;
  }

  override connect(socket: Socket | TLSSocket, socketOptions?: SMTPConnectionOptions | null): void {
    const connection = new MailConnection(this, socket, socketOptions ?? undefined, this.#context);
    this.connections.add(connection);
    this.#bySession.set(connection.session, connection);
    connection.on('error', (err: Error) => this._onError(err));
    connection.init();
  }

  override onConnect(session: SMTPServerSession, callback: (error?: Error | null) => void): void {
    void this.#judge(session, callback);
  }

  async #judge(session: SMTPServerSession, callback: (error?: Error | null) => void): Promise<void> {
    let refusal: Reply | undefined = replies.temporary;
    try {
      refusal = await this.#bySession.get(session)?.opened();
    } catch (err) {
      this.#context.log.error({ err }, 'connection could not be judged');
    }
    callback(refusal === undefined ? null : refusalError(refusal));
  }

  override onSecure(
    socket: Socket | TLSSocket,
    session: SMTPServerSession,
    callback: (error?: Error | null) => void,
  ): void {
    this.#bySession.get(session)?.secured(socket);
    callback(null);
  }

  override onAuth(
    auth: SMTPServerAuthentication,
    session: SMTPServerSession,
    callback: (error: Error | null | undefined, response?: SMTPServerAuthenticationResponse) => void,
  ): void {
    const user = auth.username ?? '';
    // XCLIENT LOGIN: the peer is trusted, the library has seen to that.
    if (auth.method === 'XCLIENT') return callback(null, { user });
    void this.#logIn(user, auth.password ?? '', session, callback);
  }

  async #logIn(
    user: string,
    password: string,
    session: SMTPServerSession,
    callback: (error: Error | null, response?: SMTPServerAuthenticationResponse) => void,
  ): Promise<void> {
    try {
      const connection = this.#bySession.get(session);
      const address = connection?.remoteAddress ?? '';
      const good = (await this.#authenticate?.(user, password, address)) ?? false;
      if (good) connection?.authenticated(user);
      callback(null, good ? { user } : WRONG_LOGIN);
    } catch (err) {
      this.#context.log.warn({ err }, 'login could not be checked');
      callback(Object.assign(new Error('Temporary authentication failure'), { responseCode: 454 }));
    }
  }

  override _expectsProxyHeader(socket: Socket): boolean {
    return this.#context.trust.proxyProtocol.has(socket.remoteAddress);
  }

  override _handleProxy(
    socket: Socket,
    callback: (error: Error | null, options?: SMTPConnectionOptions & { id: string }) => void,
  ): void {
    const id = randomBytes(10).toString('hex');
    if (this._expectsProxyHeader(socket)) void this.#proxied(socket, id, callback);
    else callback(null, { id });
  }

  async #proxied(
    socket: Socket,
    id: string,
    callback: (error: Error | null, options?: SMTPConnectionOptions & { id: string }) => void,
  ): Promise<void> {
    try {
      const { source, destination } = await readProxyHeader(socket);
      callback(null, {
        id,
        remoteAddress: source?.address,
        remotePort: source?.port,
        localAddress: destination?.address,
        localPort: destination?.port,
      });
    } catch (err) {
      this.#context.log.info({ err, peer: socket.remoteAddress }, 'PROXY header refused');
      socket.on('error', () => undefined);
      socket.destroy();
      callback(err instanceof Error ? err : new Error(String(err)));
    }
  }
}

const WRONG_LOGIN = { responseCode: 535, message: 'Authentication credentials invalid' };

/** A refusal in place of the greeting, as the library takes it. */
const refusalError = (refusal: Reply): Error =>
  Object.assign(new Error(replyLine(refusal).slice(4)), { responseCode: refusal.code });

function readProxyHeader(socket: Socket): Promise<ProxyHeader> {
  const { promise, resolve, reject } = Promise.withResolvers<ProxyHeader>();
  let held = Buffer.alloc(0);
  const stop = (): void => {
    clearTimeout(timer);
    socket.removeListener('readable', read);
    for (const event of ['close', 'end', 'error']) socket.removeListener(event, gone);
  };
  const fail = (error: Error): void => {
    stop();
    reject(error);
  };
  const read = (): void => {
    try {
      for (
        let chunk = socket.read() as Buffer | null;
        chunk !== null;
        chunk = socket.read() as Buffer | null
      ) {
        held = Buffer.concat([held, chunk]);
        const header = parseProxyHeader(held);
        if (header === undefined) continue;
        // Before what follows is put back: that makes the socket readable at once.
        stop();
        if (held.length > header.length) socket.unshift(held.subarray(header.length));
        resolve(header);
        return;
      }
    } catch (error) {
      fail(error instanceof Error ? error : new Error(String(error)));
    }
  };
  const gone = (): void => fail(new Error('connection ended before its PROXY header'));
  const timer = setTimeout(() => fail(new Error('no PROXY header in time')), PROXY_TIMEOUT);
  socket.on('readable', read);
  for (const event of ['close', 'end', 'error']) socket.on(event, gone);
  return promise;
}

/** The commands that are not there for a server without TLS, logins or mail from the last century. */
export const disabledCommands =
  (tls: boolean, logins: boolean) =>
  (secure: boolean): string[] => [
    ...NEVER,
    ...(tls ? [] : ['STARTTLS']),
    ...(logins && secure ? [] : ['AUTH']),
  ];

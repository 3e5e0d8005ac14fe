import type { Config } from '../config/schema.ts';
import type { Quarantine } from '../delivery/quarantine.ts';
import type { ImapEvents } from '../delivery/imap-events/types.ts';
import type { Delivery, Outbound } from '../delivery/types.ts';
import type { Log } from '../log.ts';
import type { Endpoint } from '../net/endpoint.ts';
import type { MemoryBudget } from '../net/memory-budget.ts';
import type { TlsIdentity } from '../net/tls.ts';
import type { Accounts } from '../policy/accounts.ts';
import { HttpServer, type HttpSources } from '../servers/http/server.ts';
import { createImapServer } from '../servers/imap/server.ts';
import type { LineServer } from '../servers/lines/line-server.ts';
import { createLmtpServer } from '../servers/lmtp/lmtp-server.ts';
import { createMilterFilter } from '../servers/milter/filter.ts';
import { createManageSieveServer } from '../servers/managesieve/server.ts';
import { createPop3Server } from '../servers/pop3/server.ts';
import { createSmtpServer } from '../servers/smtp/smtp-server.ts';
import type { MailServer } from '../servers/smtp/server.ts';
import type { State } from '../state/types.ts';
import type { OpenMailStore } from '../store/mail/mail-store.ts';
import type { Transactions } from '../transaction/types.ts';
import { delegate } from './delegate.ts';
import { canBeTaught } from './learning.ts';
import type { Logins } from './logins.ts';
import type { ScriptEditing } from './script-editing.ts';
import { earlierResults } from './signing.ts';
import { version } from './version.ts';

export type ServerName = keyof Config['servers'];

/** A server as the daemon sees it. */
export interface RunningServer {
  readonly name: ServerName;
  /** Where the configuration wants it. */
  readonly addresses: readonly string[];
  /** Resolves with where it listens: the port in place of 0. */
  listen(endpoint: Endpoint): Promise<Endpoint>;
  /** Takes nothing new, and waits for what is under way, at most `deadline` milliseconds. */
  close(deadline: number): Promise<void>;
  setTls?(identity: TlsIdentity): void;
}

/** What the servers stand on. */
export interface ServerContext {
  readonly config: Config;
  readonly transactions: Transactions;
  readonly delivery: Delivery;
  readonly outbound: Outbound;
  readonly quarantine: Quarantine;
  readonly state: State;
  readonly accounts: Accounts;
  readonly logins: Logins;
  readonly editing: ScriptEditing;
  readonly mail: OpenMailStore;
  readonly events: ImapEvents;
  readonly http: HttpSources;
  readonly tls: TlsIdentity;
  /** Of messages coming in, over all servers. */
  readonly memory: MemoryBudget;
  readonly log: Log;
}

/** Makes a server of its section; the order is that of starting, the one that monitors first. */
const MAKERS: Readonly<Record<ServerName, (context: ServerContext) => RunningServer[]>> = {
  http: ({ config, http, log }) =>
    // node:http listens at one address a server.
    config.servers.http.listen.map((address) => {
      const server = new HttpServer(http, log);
      return {
        name: 'http',
        addresses: [address],
        listen: (endpoint) => server.listen(endpoint),
        close: (deadline) => server.close(deadline),
      };
    }),
  milter: ({ config, transactions, log, memory }) =>
    config.servers.milter.listen.map((address) => {
      const settings = {
        ...config.servers.milter,
        maxMessageBytes: config.policy.messageBytes,
        drainTimeout: config.daemon.drainTimeout,
      };
      const server = createMilterFilter(transactions, settings, log, memory);
      return {
        name: 'milter',
        addresses: [address],
        async listen(endpoint) {
          const place = await server.listen(endpoint);
          return typeof place === 'number' && 'host' in endpoint
            ? { host: endpoint.host, port: place }
            : endpoint;
        },
        close: (deadline) => server.close(deadline),
      };
    }),
  smtp: ({ config, ...context }) => [
    mailServer(
      'smtp',
      config.servers.smtp.listen,
      createSmtpServer({
        ...context,
        local: context,
        settings: { ...config.servers.smtp, ...byPolicy(config) },
        hostname: config.hostname,
        authenticate: async (user, password, address) => {
          const check = () => context.accounts.verify(user, password);
          return (await context.logins.guard.attempt(address, user, check)) !== undefined;
        },
      }),
    ),
  ],
  lmtp: ({ config, ...context }) => [
    mailServer(
      'lmtp',
      config.servers.lmtp.listen,
      createLmtpServer({
        ...context,
        settings: { ...config.servers.lmtp, ...byPolicy(config) },
        hostname: config.hostname,
        earlierResults: earlierResults(config.authentication.authservId ?? config.hostname),
      }),
    ),
  ],
  managesieve: ({ config, logins, editing, tls, log }) => {
    const { listen } = config.servers.managesieve;
    const server = createManageSieveServer({
      // A reload makes new ones of all these.
      sasl: delegate(() => logins.sasl),
      scripts: delegate(() => editing.scripts),
      compile: (...args) => editing.compile(...args),
      capabilities: () => editing.capabilities(),
      lastFaults: async (account) => editing.lastFaults?.(account),
      get scriptBytes() {
        return editing.scriptBytes;
      },
      get redirects() {
        return editing.redirects;
      },
      settings: config.servers.managesieve,
      tls,
      get authorities() {
        return logins.authorities;
      },
      blockedNetworks: config.policy.blockedNetworks,
      log,
    });
    return [mailServer('managesieve', listen, server)];
  },
  imap: ({ config, logins, mail, events, memory, tls, log }) => {
    const { listen, listenTls } = config.servers.imap;
    const server = createImapServer({
      sasl: delegate(() => logins.sasl),
      store: mail,
      search: mail.search,
      teaching: canBeTaught(config) ? config.learning : undefined,
      events,
      settings: config.servers.imap,
      appendLimit: config.policy.messageBytes,
      memory,
      version: version(),
      tls,
      get authorities() {
        return logins.authorities;
      },
      blockedNetworks: config.policy.blockedNetworks,
      now: Date.now,
      log,
    });
    return [mailServer('imap', listen, server), withTls('imap', listenTls, server)];
  },
  pop3: ({ config, logins, mail, tls, log }) => {
    const { listen, listenTls } = config.servers.pop3;
    const server = createPop3Server({
      sasl: delegate(() => logins.sasl),
      store: mail,
      settings: config.servers.pop3,
      tls,
      get authorities() {
        return logins.authorities;
      },
      blockedNetworks: config.policy.blockedNetworks,
      now: Date.now,
      log,
    });
    return [mailServer('pop3', listen, server), withTls('pop3', listenTls, server)];
  },
};

/** Limits that hold for every server are written once. */
const byPolicy = ({ policy }: Config) => ({
  messageBytes: policy.messageBytes,
  recipients: policy.recipients,
});

function mailServer(
  name: ServerName,
  addresses: readonly string[],
  server: Pick<MailServer, 'listen' | 'close' | 'setTls'>,
): RunningServer {
  return {
    name,
    addresses,
    listen: (endpoint) => server.listen(endpoint),
    close: (deadline) => server.close(deadline),
    setTls: (identity) => server.setTls(identity),
  };
}

/** The same server where TLS comes first. */
const withTls = (name: ServerName, addresses: readonly string[], server: LineServer): RunningServer => ({
  name,
  addresses,
  listen: (endpoint) => server.listen(endpoint, { implicitTls: true }),
  // The other one closes both.
  close: async () => undefined,
});

const listensAt = (settings: Config['servers'][ServerName]): string[] => [
  ...settings.listen,
  ...('listenTls' in settings ? settings.listenTls : []),
];

/** The servers that have an address to listen at, none of them listening yet. */
export function createServers(context: ServerContext): RunningServer[] {
  return (Object.keys(MAKERS) as ServerName[])
    .filter((name) => listensAt(context.config.servers[name]).length > 0)
    .flatMap((name) => MAKERS[name](context));
}

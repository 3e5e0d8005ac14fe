import { join } from 'node:path';
import type { LoadedConfig } from '../config/load.ts';
import type { Config } from '../config/schema.ts';
import { createLocalRoute } from '../delivery/local-route.ts';
import { createOutbound, type OutboundQueue } from '../delivery/outbound/queue.ts';
import { createMemory } from '../delivery/memory.ts';
import { createQuarantine } from '../delivery/quarantine.ts';
import { createSnoozed } from '../delivery/snooze/snoozed.ts';
import type { Delivery } from '../delivery/types.ts';
import { endpointText, parseEndpoint } from '../net/endpoint.ts';
import { MemoryBudget } from '../net/memory-budget.ts';
import type { FullResolver } from '../net/resolver.ts';
import { createResolver } from '../net/system-resolver.ts';
import type { State } from '../state/types.ts';
import { createMailStore } from '../store/mail/mail-store.ts';
import type { BayesHost } from '../filter/bayes/host.ts';
import { openConfiguredState } from './accounts.ts';
import { openBayesHost } from './bayes.ts';
import { openRecall, type RecallKeeper } from './recall.ts';
import { loadIdentity } from './certificate.ts';
import { delegate } from './delegate.ts';
import { scheduleReports, type ReportSchedule } from './dmarc-reports.ts';
import { createEngine, type Engine, type Foundation } from './engine.ts';
import { openLearning, type Learning } from './learning.ts';
import type { DaemonLog } from './log.ts';
import { createMetrics } from './metrics.ts';
import { createServers, type RunningServer, type ServerName } from './servers.ts';

/** Where a server came to listen. */
export interface Listening {
  server: ServerName;
  address: string;
}

/** Sections a reload cannot change: what depends on them is open. */
const FIXED = ['hostname', 'data', 'servers', 'store', 'state', 'daemon', 'learning'] as const;
/** Settings within other sections of which the same is true, as an admin writes them. */
const FIXED_WITHIN: Readonly<Record<string, (config: Config) => unknown>> = {
  'delivery.outbound': ({ delivery }) => delivery.outbound,
  'filter.bayes': ({ filter }) => filter.bayes,
  'filter.fuzzy': ({ filter }) => filter.fuzzy,
  'filter.reputation': ({ filter }) => filter.reputation,
  'dmarc.reports': ({ dmarc }) => dmarc.reports,
  'policy.message_bytes': ({ policy }) => policy.messageBytes,
  'policy.recipients': ({ policy }) => policy.recipients,
};
/** Seconds sends of the spool have to end when we stop; they are tried again. */
const SPOOL_GRACE = 5;

/** A running Tamis: servers, engine, spool. */
export class Daemon {
  readonly #log: DaemonLog;
  readonly #state: State;
  readonly #outbound: OutboundQueue;
  /** The spool's; each worker has its own. */
  readonly #resolver: FullResolver;
  readonly #foundation: Foundation;
  readonly #reports: ReportSchedule;
  readonly #bayes: BayesHost | undefined;
  readonly #recall: RecallKeeper;
  readonly #learning: Learning | undefined;
  readonly #started: Config;
  #engine: Engine;
  #servers: RunningServer[] = [];
  #closing: Promise<void> | undefined;
  /** Where it listens, in the order of the configuration. */
  readonly listening: Listening[] = [];

  private constructor(
    loaded: LoadedConfig,
    log: DaemonLog,
    parts: {
      state: State;
      outbound: OutboundQueue;
      resolver: FullResolver;
      foundation: Foundation;
      reports: ReportSchedule;
      bayes: BayesHost | undefined;
      recall: RecallKeeper;
      learning: Learning | undefined;
      engine: Engine;
    },
  ) {
    this.#started = loaded.config;
    this.#log = log;
    this.#state = parts.state;
    this.#outbound = parts.outbound;
    this.#resolver = parts.resolver;
    this.#foundation = parts.foundation;
    this.#reports = parts.reports;
    this.#bayes = parts.bayes;
    this.#recall = parts.recall;
    this.#learning = parts.learning;
    this.#engine = parts.engine;
  }

  /**
   * Starts everything. Rejects when a part cannot start (an address is taken, a folder cannot be written, the
   * certificate is unusable), with what had started closed again.
   */
  static async start(
    loaded: LoadedConfig,
    log: DaemonLog,
    options: { portFallback?: boolean } = {},
  ): Promise<Daemon> {
    const opened: { close(): Promise<void> }[] = [];
    try {
      return await Daemon.#start(loaded, log, options, opened);
    } catch (error) {
      for (const part of opened.toReversed()) await part.close();
      throw error;
    }
  }

  /** `opened` is what is open when it rejects. */
  static async #start(
    loaded: LoadedConfig,
    log: DaemonLog,
    options: { portFallback?: boolean },
    opened: { close(): Promise<void> }[],
  ): Promise<Daemon> {
    const { config } = loaded;
    const state = await openConfiguredState(config, log);
    opened.push(state);
    // The parts that need each other meet through `engine`, which a reload replaces.
    let daemon: Daemon | undefined;
    const engine = (): Engine => (daemon === undefined ? first : daemon.#engine);
    const delivery = delegate<Delivery>(() => engine().delivery);
    const resolver = createResolver(dnsSettings(loaded));
    const outbound = await createOutbound({
      folder: config.delivery.outbound.folder || join(config.data, 'spool'),
      settings: config.delivery.outbound,
      hostname: config.hostname,
      resolver,
      local: createLocalRoute({
        resolve: (address) => engine().accounts.resolve(address),
        reversePath: (address) => engine().reversePath(address),
        delivery: () => delivery,
      }),
      signer: delegate(() => engine().signer),
      log,
    });
    const metrics = createMetrics({
      scansQueued: () => engine().scanner.statistics().waiting,
      scansRunning: () => engine().scanner.statistics().running,
      spooled: () => outbound.status().mails,
    });
    const reports = scheduleReports(loaded, { state, outbound, log });
    const snoozed = createSnoozed({ state, open: (account) => engine().store.open(account), log });
    const mail = createMailStore({
      folder: join(config.data, 'mail'),
      settings: config.store,
      log,
      accountExists: (account) => engine().accounts.exists(account),
    });
    opened.push(mail);
    const bayes = await openBayesHost(config, state, log);
    if (bayes !== undefined) opened.push(bayes);
    const recall = await openRecall(config, state, log);
    opened.push(recall);
    const foundation: Foundation = {
      state,
      ...(bayes === undefined ? {} : { bayes }),
      recall: recall.host,
      outbound,
      snoozed,
      memory: createMemory(state, Date.now),
      mail,
      metrics: { ...metrics, observer: { ...metrics.observer, ...reports.observer } },
      log,
      currentScanner: delegate(() => engine().scanner),
    };
    const first: Engine = createEngine(loaded, foundation);
    daemon = new Daemon(loaded, log, {
      state,
      outbound,
      resolver,
      foundation,
      reports,
      bayes,
      recall,
      learning: openLearning({ config, queue: mail.lessons, bayes, recall, log }),
      engine: first,
    });
    // From now on it closes them itself.
    opened.length = 0;
    try {
      daemon.#servers = createServers({
        config,
        transactions: delegate(() => engine().transactions),
        delivery,
        outbound,
        quarantine: await createQuarantine({ folder: join(config.data, 'quarantine'), log }),
        http: { metrics: () => metrics.render(), health: () => daemon?.health() ?? Promise.resolve({}) },
        tls: await loadIdentity(config),
        memory: new MemoryBudget(config.daemon.incomingBytes),
        state,
        accounts: delegate(() => engine().accounts),
        logins: delegate(() => engine().logins),
        editing: delegate(() => engine().editing),
        mail,
        events: delegate(() => engine().events),
        log,
      });
      await daemon.#listen(options.portFallback ?? false);
      await outbound.start();
      reports.start();
      bayes?.start();
      daemon.#learning?.start();
      snoozed.start();
      if (!daemon.listening.some(({ server }) => server !== 'http'))
        log.warn(
          {},
          'no mail server listens: set servers.milter.listen, servers.smtp.listen or servers.lmtp.listen',
        );
      log.info({ file: loaded.file, pid: process.pid }, 'started');
    } catch (error) {
      await daemon.stop();
      throw error;
    }
    return daemon;
  }

  /** `ok`, or what is wrong, by part. */
  async health(): Promise<Record<string, string>> {
    const { ready, workers } = this.#engine.scanner.statistics();
    return {
      state: await this.#state.ping().then(
        () => 'ok',
        (error: Error) => error.message,
      ),
      pool: ready > 0 ? 'ok' : `none of ${workers} workers is ready`,
      servers: this.#closing === undefined ? 'ok' : 'stopping',
    };
  }

  /**
   * Puts another configuration in force: connections stay, messages under way end with the old one. Rejects, and
   * nothing has changed, when it cannot be used.
   */
  async reload(loaded: LoadedConfig): Promise<void> {
    const { config } = loaded;
    const identity = await loadIdentity(config);
    // The parts that stay open keep the settings they were started with.
    const kept = Object.fromEntries(FIXED.map((name) => [name, this.#started[name]])) as Pick<
      Config,
      (typeof FIXED)[number]
    >;
    const next = createEngine({ ...loaded, config: { ...config, ...kept } }, this.#foundation);
    const previous = this.#engine;
    this.#engine = next;
    for (const server of this.#servers) server.setTls?.(identity);
    this.#log.setLevel(config.log.level);
    const changed = (of: (config: Config) => unknown): boolean =>
      JSON.stringify(of(config)) !== JSON.stringify(of(this.#started));
    const restart = [
      ...FIXED.filter((name) => changed((one) => one[name])),
      ...Object.keys(FIXED_WITHIN).filter((name) => changed(FIXED_WITHIN[name] ?? (() => undefined))),
    ];
    if (restart.length > 0) this.#log.warn({ sections: restart }, 'changes need a restart to take effect');
    this.#log.info({ file: loaded.file }, 'configuration reloaded');
    await previous.close();
  }

  /** Takes nothing new, lets what is under way end, and closes everything. Callable again. */
  stop(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const deadline = this.#started.daemon.drainTimeout;
    const drained = await Promise.allSettled(this.#servers.map((server) => server.close(deadline)));
    for (const result of drained)
      if (result.status === 'rejected')
        this.#log.error({ err: result.reason as Error }, 'a server did not close');
    await this.#reports.stop();
    await this.#outbound.close(SPOOL_GRACE);
    this.#resolver.close();
    await this.#foundation.snoozed.close();
    await this.#learning?.close();
    await this.#engine.close(true);
    await this.#foundation.mail.close();
    await this.#bayes?.close();
    await this.#recall.close();
    await this.#state.close();
  }

  async #listen(portFallback: boolean): Promise<void> {
    for (const server of this.#servers)
      for (const address of server.addresses) {
        const endpoint = parseEndpoint(address);
        const place = await server.listen(endpoint).catch((error: NodeJS.ErrnoException) => {
          // Only for the first steps: an admin's port is never another one.
          if (portFallback && error.code === 'EADDRINUSE' && 'port' in endpoint)
            return server.listen({ host: endpoint.host, port: 0 });
          throw new Error(`servers.${server.name}.listen: ${address}: ${error.message}`, { cause: error });
        });
        this.listening.push({ server: server.name, address: endpointText(place) });
        this.#log.info({ server: server.name, address: endpointText(place) }, 'listening');
      }
  }
}

function dnsSettings({ config, zone }: LoadedConfig) {
  const { zone: _, ...settings } = config.dns;
  return zone === undefined ? settings : { ...settings, zone };
}

import { join } from 'node:path';
import type { LoadedConfig } from '../config/load.ts';
import { createConverters } from '../delivery/converters.ts';
import { createDelivery, type DeliveryOptions } from '../delivery/delivery.ts';
import { createImapEvents } from '../delivery/imap-events/events.ts';
import type { ImapEvents } from '../delivery/imap-events/types.ts';
import type { Memory } from '../delivery/memory.ts';
import { byKind, createHttpsNotifier } from '../delivery/notifier.ts';
import { createPrograms } from '../delivery/programs.ts';
import { createScriptLog } from '../delivery/script-log.ts';
import { createXmppNotifier } from '../delivery/xmpp/notifier.ts';
import type { Snoozed } from '../delivery/snooze/snoozed.ts';
import type { Delivery, Outbound, OutboundSigner } from '../delivery/types.ts';
import type { BayesHost } from '../filter/bayes/host.ts';
import type { Pool, SigningPool } from '../filter/pool.ts';
import type { RecallHost } from '../filter/recall/types.ts';
import type { Scanner } from '../filter/types.ts';
import type { Log } from '../log.ts';
import type { Accounts } from '../policy/accounts.ts';
import { normaliseDomain } from '../policy/address.ts';
import { createPolicy } from '../policy/policy.ts';
import type { State } from '../state/types.ts';
import { createCalendars } from '../store/calendars.ts';
import type { MailStore } from '../store/mail/types.ts';
import { createScriptStore } from '../store/script-store.ts';
import { createTransactions } from '../transaction/transactions.ts';
import type { Transactions } from '../transaction/types.ts';
import { openAccounts } from './accounts.ts';
import { openLogins, type Logins } from './logins.ts';
import type { Metrics } from './metrics.ts';
import { openScanner } from './scanner.ts';
import { scriptEditing, type ScriptEditing } from './script-editing.ts';
import { imapEventSettings, scripting } from './scripting.ts';
import { openOutgoing, outboundSigner, signingMaterial } from './signing.ts';
import { loadSrs } from './srs-secret.ts';

/** What stays the same while the daemon runs. */
export interface Foundation {
  readonly state: State;
  readonly outbound: Outbound;
  readonly snoozed: Snoozed;
  /** One for all engines: deliveries of two of them take their turns at an account. */
  readonly memory: Memory;
  /** Sessions hold mailboxes of it open through a reload. */
  readonly mail: MailStore;
  readonly metrics: Pick<Metrics, 'observer' | 'workerReplaced'>;
  /** Keeps what was learned; absent when that is switched off. */
  readonly bayes?: BayesHost;
  /** Remembers what was learned of texts, files and senders. */
  readonly recall: RecallHost;
  /** The scanner of the engine in force: a connection outlives the engine it began with. */
  readonly currentScanner: Scanner & SigningPool;
  readonly log: Log;
}

/** Everything between the servers and the foundation that follows the configuration: a reload makes a new one. */
export interface Engine {
  readonly accounts: Accounts;
  readonly scanner: Pool;
  readonly transactions: Transactions;
  readonly delivery: Delivery;
  /** Signs what goes into the spool. */
  readonly signer: OutboundSigner;
  readonly store: Pick<MailStore, 'open'>;
  /** Where a bounce to an address we made for a redirected mail goes on to. */
  reversePath(address: string): string | undefined;
  readonly logins: Logins;
  /** For servers by which users edit their scripts. */
  readonly editing: ScriptEditing;
  /** Scripts on events of IMAP. */
  readonly events: ImapEvents;
  /**
   * Waits for the scans and deliveries in flight, then ends the workers. With `hurry` the programs of scripts are ended
   * at once.
   */
  close(hurry?: boolean): Promise<void>;
}

export function createEngine(loaded: LoadedConfig, foundation: Foundation): Engine {
  const { config } = loaded;
  const { state, log, metrics } = foundation;
  const accounts = openAccounts(config, state);
  const srs = loadSrs(config.data, config.delivery.redirectSender === 'srs', Date.now);
  const reversePath = (address: string): string | undefined => srs?.reverse(address);
  const policy = createPolicy({ settings: config.policy, accounts, reversePath });
  const store = foundation.mail;
  const ours = new Set(config.policy.domains.map(normaliseDomain));
  const programs = createPrograms(config.sieve.programs, log, config.sieve.converters);
  const { calendars, notify } = config.sieve;
  const xmpp = notify.xmpp.jid === '' ? undefined : createXmppNotifier(notify.xmpp, log);
  const delivering = new Set<Promise<unknown>>();
  const scripts = createScriptStore({ folder: join(config.data, 'sieve'), settings: config.store });
  const mailing: Omit<DeliveryOptions, 'store' | 'scripts'> = {
    outbound: foundation.outbound,
    resolve: (address) => accounts.resolve(address),
    settings: config.delivery,
    addresses: (account) => accounts.aliases(account),
    hostname: config.hostname,
    memory: foundation.memory,
    scriptLog: createScriptLog(state, Date.now, log),
    notifier: byKind({ https: createHttpsNotifier(), xmpp }),
    srs,
    programs,
    snooze: { snoozed: foundation.snoozed, settings: config.sieve.snooze },
    calendars: calendars.folder === '' ? undefined : createCalendars({ settings: calendars }),
    converters: createConverters(config.sieve.converters, programs),
    ...scripting(config),
    subaddressSeparator: config.policy.subaddressSeparator,
    isOurs: (address) => ours.has(normaliseDomain(address.slice(address.lastIndexOf('@') + 1))),
    log,
  };
  const delivery = createDelivery({ ...mailing, store, scripts });
  const events = createImapEvents({
    ...mailing,
    store,
    scripts,
    events: imapEventSettings(config),
    scriptBytes: config.sieve.scriptBytes,
  });
  // Last, since it starts threads: what is wrong with the settings has thrown by now.
  const scanner = openScanner(
    loaded,
    log,
    { workerDied: (reason) => metrics.workerReplaced(reason) },
    signingMaterial(loaded),
    foundation.bayes,
    foundation.recall,
  );
  const outgoing = openOutgoing(loaded, { accounts, pool: foundation.currentScanner, log });
  const transactions = createTransactions({
    policy,
    ...(outgoing === undefined ? {} : { outgoing }),
    scanner: foundation.currentScanner,
    settings: {
      ...config.transaction,
      failAction: config.filter.failAction,
      rejectText: config.filter.rejectText,
    },
    log,
    now: Date.now,
    observer: metrics.observer,
  });
  return {
    accounts,
    logins: openLogins(config, accounts, state, log),
    editing: scriptEditing(config, state, log),
    events,
    scanner,
    transactions,
    signer: outboundSigner(outgoing, log),
    store,
    delivery: {
      async deliver(request) {
        const outcomes = delivery.deliver(request);
        delivering.add(outcomes);
        return outcomes.finally(() => delivering.delete(outcomes));
      },
    },
    reversePath,
    async close(hurry = false) {
      await scanner.close();
      if (hurry) programs.close();
      while (delivering.size > 0) await Promise.allSettled(delivering);
      programs.close();
      await xmpp?.close();
    },
  };
}

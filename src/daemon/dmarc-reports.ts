import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Reports } from '../authentication/reports/reporter.ts';
import type { LoadedConfig } from '../config/load.ts';
import type { OutboundQueue } from '../delivery/outbound/queue.ts';
import type { Outbound } from '../delivery/types.ts';
import type { Log } from '../log.ts';
import { createResolver } from '../net/system-resolver.ts';
import type { State } from '../state/types.ts';
import type { Observer } from '../transaction/observer.ts';
import { version } from './version.ts';

/** How often it is looked whether reports are due. */
const INTERVAL_MS = 60_000;
/** What a stop waits for messages that are not counted yet. */
const SETTLE_MS = 5000;

/** The reports of a configuration, without a schedule. */
export function openReports(
  { config, zone }: LoadedConfig,
  parts: { state: State; outbound: Pick<Outbound, 'stage'>; log: Log },
): Reports {
  const { zone: _, ...dns } = config.dns;
  return new Reports({
    settings: config.dmarc.reports,
    state: parts.state,
    resolver: createResolver(zone === undefined ? dns : { ...dns, zone }),
    outbox: parts.outbound,
    // A spool lies in a data folder of a machine.
    node: createHash('sha256').update(`${config.hostname}\n${config.data}`).digest('base64url').slice(0, 16),
    generator: `Tamis ${version()}`,
    log: parts.log,
    now: Date.now,
    random: Math.random,
  });
}

/** Counting and sending while the daemon runs. */
export interface ReportSchedule {
  readonly observer: Pick<Observer, 'judged'>;
  /** To be called at once after the spool was started: what it holds now is not sent again. */
  start(): void;
  /** Ends soon: what is not in the spool yet is sent at the next start. */
  stop(): Promise<void>;
}

/** Nothing is counted and nothing sent unless the configuration asks for it. */
export function scheduleReports(
  loaded: LoadedConfig,
  parts: { state: State; outbound: OutboundQueue; log: Log },
): ReportSchedule {
  if (!loaded.config.dmarc.reports.enabled)
    return { observer: {}, start: () => undefined, stop: () => Promise.resolve() };
  const reports = openReports(loaded, parts);
  const stopping = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();

  async function run(): Promise<void> {
    try {
      await reports.run(stopping.signal);
    } catch (error) {
      parts.log.error({ err: error }, 'DMARC reports are not sent now, trying later');
    }
    if (!stopping.signal.aborted) timer = setTimeout(next, INTERVAL_MS);
  }
  function next(): void {
    running = run();
  }

  return {
    observer: {
      judged(envelope, { authentication }) {
        if (authentication !== undefined) reports.observe(authentication, envelope);
      },
    },
    start() {
      reports.recover(parts.outbound.waitingCauses('report'));
      next();
    },
    async stop() {
      stopping.abort();
      clearTimeout(timer);
      await running;
      // With a state that does not answer, the last counts are not worth waiting for.
      const enough = new AbortController();
      await Promise.race([
        reports.counts.settled(),
        sleep(SETTLE_MS, undefined, { signal: enough.signal }),
      ]).catch(() => undefined);
      enough.abort();
    },
  };
}

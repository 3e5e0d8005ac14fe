import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Observer } from '../transaction/observer.ts';

/** What the gauges show at the moment they are scraped. */
export interface Gauges {
  scansQueued(): number;
  scansRunning(): number;
  spooled(): number;
}

/** The Prometheus metrics of the daemon; one place that names them all. */
export interface Metrics {
  readonly observer: Observer;
  workerReplaced(reason: string): void;
  render(): Promise<{ text: string; type: string }>;
}

// Bounds in seconds: a small message takes 2 ms, one that waits for a slow DNS some seconds.
const SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60];

export function createMetrics(gauges: Gauges): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, prefix: 'tamis_' });

  const begun = new Counter({
    name: 'tamis_transactions_total',
    help: 'Mail transactions begun (MAIL FROM accepted)',
    labelNames: ['protocol'],
    registers,
  });
  const refused = new Counter({
    name: 'tamis_refusals_total',
    help: 'Refusals by policy',
    labelNames: ['protocol', 'stage', 'code'],
    registers,
  });
  const finished = new Counter({
    name: 'tamis_messages_total',
    help: 'Messages by what became of them',
    labelNames: ['protocol', 'outcome'],
    registers,
  });
  const actions = new Counter({
    name: 'tamis_actions_total',
    help: 'Verdicts of the filter by action',
    labelNames: ['action'],
    registers,
  });
  const symbols = new Counter({
    name: 'tamis_symbols_total',
    help: 'Verdicts that had this symbol',
    labelNames: ['symbol'],
    registers,
  });
  const failures = new Counter({
    name: 'tamis_scan_failures_total',
    help: 'Scans without a verdict, by reason',
    labelNames: ['reason'],
    registers,
  });
  const replaced = new Counter({
    name: 'tamis_workers_replaced_total',
    help: 'Workers killed and replaced, by reason',
    labelNames: ['reason'],
    registers,
  });
  const scanSeconds = new Histogram({
    name: 'tamis_scan_seconds',
    help: 'Time from the end of a message to its verdict, waiting included',
    buckets: SECONDS,
    registers,
  });
  const scanCpu = new Histogram({
    name: 'tamis_scan_cpu_seconds',
    help: 'CPU time of a scan',
    buckets: SECONDS,
    registers,
  });
  const lasted = new Histogram({
    name: 'tamis_transaction_seconds',
    help: 'Time from MAIL FROM to the end of a transaction',
    labelNames: ['protocol'],
    buckets: SECONDS,
    registers,
  });
  const gauge = (name: string, help: string, value: () => number): void => {
    registry.registerMetric(
      new Gauge({
        name,
        help,
        registers: [],
        collect() {
          this.set(value());
        },
      }),
    );
  };
  gauge('tamis_scans_queued', 'Messages waiting for a worker', () => gauges.scansQueued());
  gauge('tamis_scans_running', 'Messages in the hands of a worker', () => gauges.scansRunning());
  gauge('tamis_spool_messages', 'Messages in the outbound spool', () => gauges.spooled());

  return {
    observer: {
      begun: (protocol) => begun.inc({ protocol }),
      refused: (protocol, stage, { code }) => refused.inc({ protocol, stage, code }),
      verdict: (_protocol, verdict, seconds) => {
        actions.inc({ action: verdict.action });
        scanSeconds.observe(seconds);
        scanCpu.observe(verdict.cpu / 1000);
        for (const { symbol } of verdict.hits) symbols.inc({ symbol });
      },
      scanFailed: (_protocol, reason) => failures.inc({ reason }),
      finished: (protocol, outcome, seconds) => {
        finished.inc({ protocol, outcome });
        lasted.observe({ protocol }, seconds);
      },
    },
    workerReplaced: (reason) => replaced.inc({ reason }),
    render: async () => ({ text: await registry.metrics(), type: registry.contentType }),
  };
}

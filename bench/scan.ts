/**
 * Full scans through the worker pool, without a network: `node bench/scan.ts [--json]`. CPU time is that of the whole
 * process, workers and main thread, after a round to warm up.
 */
import { defaultAuthenticationSettings } from '../src/authentication/settings.ts';
import { createPool } from '../src/filter/pool.ts';
import { defaultFilterSettings } from '../src/filter/settings.ts';
import { silentLog } from '../src/log.ts';
import { defaultMessageLimits } from '../src/message/limits.ts';
import { defaultDnsSettings } from '../src/net/settings.ts';
import { benchMessages, inParallel, meanBytes } from './support/messages.ts';
import { report } from './support/report.ts';

const messages = benchMessages();
const pool = createPool({
  filter: defaultFilterSettings,
  authentication: defaultAuthenticationSettings,
  // An empty zone: every question is answered at once, with no such name.
  dns: { ...defaultDnsSettings, zone: {} },
  message: defaultMessageLimits,
  log: silentLog,
});
const scanAll = () =>
  inParallel(messages, 64, (raw, index) =>
    pool.scan({
      id: `${index}`,
      raw,
      envelope: {
        client: { address: '203.0.113.9', helo: 'mx.example.org' },
        sender: 'anna@example.org',
        recipients: [{ address: 'ben@example.net' }],
      },
    }),
  );

await scanAll();
const before = process.cpuUsage();
const started = performance.now();
await scanAll();
const seconds = (performance.now() - started) / 1000;
const { user, system } = process.cpuUsage(before);
report({
  bench: 'scan',
  program: 'tamis',
  messages: messages.length,
  bytes: meanBytes(messages),
  cpu: (user + system) / 1000 / messages.length,
  throughput: messages.length / seconds,
  memory: process.memoryUsage.rss() / 1024 / 1024,
});
await pool.close();

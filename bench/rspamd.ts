/**
 * rspamd over the same messages: `node bench/rspamd.ts [--json]`. Debian's package with its stock configuration, in a
 * folder of its own, offline: the DNS server is a closed port, there is no Redis. CPU time is that of all its processes.
 * Exits 3 where rspamd is not installed.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from '../test/support/peers.ts';
import { benchMessages, inParallel, meanBytes } from './support/messages.ts';
import { report } from './support/report.ts';

const program = findProgram('rspamd');
if (program === undefined) {
  console.error('rspamd is not installed (Debian package rspamd)');
  process.exit(3);
}

/** Clock ticks a second in /proc (USER_HZ, 100 on Linux). */
const TICKS = 100;
/** Enough in flight that it is busy although some of its DNS questions run into their time limit. */
const WIDTH = 128;
const START_LIMIT = 120_000;

const [normal, controller, closed] = await Promise.all([freePort(), freePort(), freePort()]);
const folder = mkdtempSync(join(tmpdir(), 'tamis-bench-rspamd-'));
const overrides = join(folder, 'etc/override.d');
mkdirSync(overrides, { recursive: true });
const write = (name: string, lines: string[]) =>
  writeFileSync(join(overrides, name), `${lines.join('\n')}\n`);
write('options.inc', [
  `dns { nameserver = ["127.0.0.1:${closed}"]; timeout = 50ms; retransmits = 1; }`,
  'disable_monitoring = true;',
]);
write('logging.inc', ['level = "error";']);
write('worker-normal.inc', [`bind_socket = "127.0.0.1:${normal}";`, 'count = 2;']);
write('worker-controller.inc', [`bind_socket = "127.0.0.1:${controller}";`]);
write('worker-proxy.inc', ['enabled = false;']);
// Asks a server of rspamd's makers.
write('fuzzy_check.conf', ['enabled = false;']);

const variables = { LOCAL_CONFDIR: join(folder, 'etc'), DBDIR: folder, RUNDIR: folder, LOGDIR: folder };
const rspamd = spawn(
  program,
  [
    '-f',
    '-i',
    '-c',
    '/etc/rspamd/rspamd.conf',
    ...Object.entries(variables).flatMap(([k, v]) => ['--var', `${k}=${v}`]),
  ],
  { stdio: ['ignore', 'ignore', 'pipe'] },
);
let complaints = '';
rspamd.stderr.on('data', (text: Buffer) => {
  complaints = (complaints + text.toString()).slice(-4000);
});

try {
  const agent = new Agent({ keepAlive: true, maxSockets: WIDTH });
  await started(agent);
  const messages = benchMessages();
  const scanAll = () => inParallel(messages, WIDTH, (raw) => check(agent, raw));
  await scanAll();
  const before = cpuTicks();
  const from = performance.now();
  await scanAll();
  const seconds = (performance.now() - from) / 1000;
  const ticks = cpuTicks() - before;
  report({
    bench: 'scan',
    program: 'rspamd',
    messages: messages.length,
    bytes: meanBytes(messages),
    cpu: ((ticks / TICKS) * 1000) / messages.length,
    throughput: messages.length / seconds,
    memory: memory(),
    version: /\d+\.\d+\S*/.exec(execFileSync(program, ['--version'], { encoding: 'utf8' }))?.[0],
  });
  agent.destroy();
} finally {
  if (rspamd.exitCode === null) {
    rspamd.kill('SIGTERM');
    await Promise.race([new Promise((done) => rspamd.once('exit', done)), sleep(10_000)]);
  }
  rmSync(folder, { recursive: true, force: true });
}

async function started(agent: Agent): Promise<void> {
  // It compiles its patterns first, which takes some ten seconds.
  for (const end = performance.now() + START_LIMIT; performance.now() < end; ) {
    if (rspamd.exitCode !== null) break;
    try {
      await check(agent, Buffer.from('Subject: x\r\n\r\nx\r\n'));
      return;
    } catch {
      await sleep(100);
    }
  }
  throw new Error(`rspamd does not start: ${complaints}`);
}

function check(agent: Agent, raw: Uint8Array): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const headers = {
    'content-length': raw.length,
    from: 'anna@example.org',
    rcpt: 'ben@example.net',
    ip: '203.0.113.9',
    helo: 'mx.example.org',
  };
  const sent = request({ port: normal, path: '/checkv2', method: 'POST', agent, headers }, (response) => {
    response.resume();
    response.on('end', () => {
      if (response.statusCode === 200) resolve();
      else reject(new Error(`rspamd answers ${response.statusCode}`));
    });
    response.on('error', reject);
  });
  sent.on('error', reject);
  // Sockets do not write from shared memory.
  sent.end(Buffer.from(raw));
  return promise;
}

/** The main process and its workers. */
function processes(): string[] {
  const main = `${rspamd.pid}`;
  return readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    return pid === main || statFields(pid)[1] === main;
  });
}

/** Fields of /proc/PID/stat from the state on (field 3 of proc(5)); the name before may hold anything. */
function statFields(pid: string): string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return [];
  }
}

function cpuTicks(): number {
  return processes().reduce((sum, pid) => {
    const fields = statFields(pid);
    return sum + Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
  }, 0);
}

function memory(): number {
  return processes().reduce((sum, pid) => {
    const resident = /^Pss:\s+(\d+) kB/m.exec(readProc(pid, 'smaps_rollup'))?.[1];
    return sum + Number(resident ?? 0) / 1024;
  }, 0);
}

function readProc(pid: string, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'latin1');
  } catch {
    return '';
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => {
    server.listen(0, '127.0.0.1', done);
  });
  const address = server.address();
  await new Promise((done) => server.close(done));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

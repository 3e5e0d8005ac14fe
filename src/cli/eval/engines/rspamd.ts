import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { arrivalOf } from '../arrival.ts';
import type { Engine, Judgement } from '../types.ts';
import { EngineError } from './error.ts';
import { cpuOf, freePort, requireProgram, run } from './processes.ts';

/** `add_header`, as it ships. */
const REQUIRED = 6;
const WIDTH = 32;
/** It compiles its patterns first, which takes some ten seconds (ms). */
const START_LIMIT = 120_000;
/** Milliseconds a process has to end when it is asked to. */
const STOP_LIMIT = 10_000;

/** rspamd with its stock configuration in a folder of its own, offline, and a Redis of its own for its Bayes. */
export async function openRspamd(): Promise<Engine> {
  const program = requireProgram('rspamd', 'rspamd');
  const redisServer = requireProgram('redis-server', 'redis-server');
  const version = /\d+\.\d+\S*/.exec(await run(program, ['--version'], ''))?.[0];
  const [normal, controller, redisPort, closed] = await Promise.all([
    freePort(),
    freePort(),
    freePort(),
    freePort(),
  ]);
  const folder = mkdtempSync(join(tmpdir(), 'tamis-eval-rspamd-'));
  writeSettings(join(folder, 'etc'), { normal, controller, redisPort, closed });
  const variables = { LOCAL_CONFDIR: join(folder, 'etc'), DBDIR: folder, RUNDIR: folder, LOGDIR: folder };
  const redis = spawn(
    redisServer,
    ['--port', String(redisPort), '--bind', '127.0.0.1', '--save', '', '--dir', folder],
    { stdio: 'ignore' },
  );
  const rspamd = spawn(
    program,
    [
      '-f',
      '-i',
      '-c',
      '/etc/rspamd/rspamd.conf',
      ...Object.entries(variables).flatMap(([name, value]) => ['--var', `${name}=${value}`]),
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let complaints = '';
  rspamd.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints = (complaints + text).slice(-2000);
  });
  const agent = new Agent({ keepAlive: true, maxSockets: WIDTH });
  const close = async (): Promise<void> => {
    agent.destroy();
    await Promise.all([stop(rspamd), stop(redis)]);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await started(rspamd, () => post(agent, normal, '/checkv2', Buffer.from('Subject: x\r\n\r\nx\r\n'), {}));
  } catch (error) {
    await close();
    throw new EngineError(`${(error as Error).message} ${complaints.trim()}`);
  }
  return {
    name: 'rspamd',
    version,
    required: REQUIRED,
    width: WIDTH,
    async learn(messages, advance) {
      let next = 0;
      const lane = async (): Promise<void> => {
        for (let message = messages[next++]; message !== undefined; message = messages[next++]) {
          const raw = readFileSync(message.path);
          await post(agent, controller, message.label === 'spam' ? '/learnspam' : '/learnham', raw, {});
          advance();
        }
      };
      await Promise.all(Array.from({ length: 8 }, lane));
    },
    async judge(message) {
      const raw = readFileSync(message.path);
      const { sender } = arrivalOf(raw, message.received).envelope;
      // A field of the request, not of the message: what a line ends cannot be sent.
      const from: Record<string, string> = /^[\x21-\x7E]+$/.test(sender) ? { from: sender } : {};
      return parseReply(await post(agent, normal, '/checkv2', raw, from));
    },
    cpu: () => cpuOf(rspamd.pid) + cpuOf(redis.pid),
    close,
  };
}

interface Ports {
  normal: number;
  controller: number;
  redisPort: number;
  closed: number;
}

function writeSettings(etc: string, { normal, controller, redisPort, closed }: Ports): void {
  mkdirSync(join(etc, 'override.d'), { recursive: true });
  const write = (name: string, lines: readonly string[]): void =>
    writeFileSync(join(etc, 'override.d', name), `${lines.join('\n')}\n`);
  write('options.inc', [
    `dns { nameserver = ["127.0.0.1:${closed}"]; timeout = 50ms; retransmits = 1; }`,
    'disable_monitoring = true;',
  ]);
  write('logging.inc', ['level = "error";']);
  write('worker-normal.inc', [`bind_socket = "127.0.0.1:${normal}";`, 'count = 2;']);
  write('worker-controller.inc', [`bind_socket = "127.0.0.1:${controller}";`, 'secure_ip = "127.0.0.1";']);
  write('worker-proxy.inc', ['enabled = false;']);
  // Asks a server of its makers.
  write('fuzzy_check.conf', ['enabled = false;']);
  write('redis.conf', [`servers = "127.0.0.1:${redisPort}";`]);
  write('classifier-bayes.conf', ['backend = "redis";', 'autolearn = false;']);
  // What arrives a second time would be judged by that, not by what it is.
  write('greylist.conf', ['enabled = false;']);
  write('ratelimit.conf', ['enabled = false;']);
  write('replies.conf', ['enabled = false;']);
  write('history_redis.conf', ['enabled = false;']);
}

async function started(child: ChildProcess, ask: () => Promise<unknown>): Promise<void> {
  for (const end = performance.now() + START_LIMIT; performance.now() < end; ) {
    if (child.exitCode !== null) throw new Error('rspamd ended.');
    try {
      await ask();
      return;
    } catch {
      await sleep(100);
    }
  }
  throw new Error('rspamd does not start.');
}

function post(
  agent: Agent,
  port: number,
  path: string,
  raw: Uint8Array,
  fields: Record<string, string>,
): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const headers = { 'content-length': raw.length, ...fields };
  const target = { host: '127.0.0.1', port, path, method: 'POST', agent, headers };
  const sent = request(target, (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
    response.on('end', () => {
      // 208: learned before. 204: nothing to learn of it.
      if ([200, 204, 208].includes(response.statusCode ?? 0)) resolve(text);
      else reject(new Error(`rspamd answers ${response.statusCode}: ${text.slice(0, 200)}`));
    });
    response.on('error', reject);
  });
  sent.on('error', (error: Error & { rawPacket?: Buffer }) => {
    // Its 204 (it declines to learn) has a body, which a strict reader of HTTP takes for a fault.
    if (error.rawPacket?.toString('latin1', 0, 13).startsWith('HTTP/1.1 204') === true) resolve('');
    else reject(error);
  });
  sent.end(raw);
  return promise;
}

/** The JSON of `/checkv2`. Throws for anything else. */
export function parseReply(text: string): Judgement {
  const reply = JSON.parse(text) as {
    score?: number;
    action?: string;
    symbols?: Record<string, { name: string; score: number }>;
  };
  const { score, action = '', symbols = {} } = reply;
  if (typeof score !== 'number') throw new Error(`no score in ${text.slice(0, 200)}`);
  const hits = Object.values(symbols).map((symbol) => ({ symbol: symbol.name, score: symbol.score }));
  return { score, spam: score >= REQUIRED, action, hits };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = new Promise((done) => child.once('exit', done));
  child.kill('SIGTERM');
  const late = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT);
  await ended;
  clearTimeout(late);
}

import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, test } from 'vitest';
import type { FloodOrder, FloodReport } from '../../support/connection-flood.ts';
import { ImapClient } from '../../support/imap-client.ts';
import { LOGIN_INPUTS } from '../../support/login-inputs.ts';
import { findProgram } from '../../support/peers.ts';
import { tamis, TamisServer } from '../../support/tamis.ts';

/**
 * As many connections before login as the server takes, each with the worst that it may send. `npm run test:connections`
 * does it with 10,000, the default of `servers.imap.connections`.
 */
const CONNECTIONS = Number(process.env['TAMIS_CONNECTIONS'] ?? 600);
const WHOLE = process.env['TAMIS_CONNECTIONS'] !== undefined;
const KIB = 1024;
/**
 * What one may cost: a line and literals of `servers.imap.login_bytes` (16 KiB) each, and as much again for what Node and
 * OpenSSL keep for a socket.
 */
const MOST_EACH = 80 * KIB;
/** What is not given back at once, however few there are: garbage, and memory that the allocator keeps. */
const SLACK = 128 * KIB * KIB;
/** Below the limit for one address. */
const PER_ADDRESS = 400;
/** With few connections these will do. */
const WORST = ['a line and a literal', 'many empty literals', 'a handshake that does not go on'];

const USER = 'anna@tamis.test';
const SECRET = 'correct horse battery';

const cleanUp: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of cleanUp.splice(0).toReversed()) await step();
});

/** A line of `/proc/PID/status`, in octets. */
const memory = (server: TamisServer, field: 'VmRSS' | 'VmHWM'): number =>
  KIB *
  Number(
    new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(
      readFileSync(`/proc/${server.pid}/status`, 'latin1'),
    )?.[1],
  );

/** Has the kernel forget the most memory that there was. */
const forgetPeak = (server: TamisServer): void => writeFileSync(`/proc/${server.pid}/clear_refs`, '5');

/** A process may have that many descriptors, where that can be. */
function allowDescriptors(pid: number, count: number): void {
  const limit = /^Max open files\s+\d+\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/limits`, 'latin1'))?.[1];
  const wanted = String(Math.max(count, Number(limit)));
  const prlimit = findProgram('prlimit');
  if (prlimit !== undefined) spawnSync(prlimit, [`--pid=${pid}`, `--nofile=${wanted}:${wanted}`]);
}

async function startServer(): Promise<TamisServer> {
  const server = new TamisServer();
  cleanUp.push(() => server.dispose());
  server.configure(`hostname: localhost
policy: {domains: [tamis.test], logins: {clear_on_loopback: true}}
servers: {imap: {listen: ['127.0.0.1:0'], connections: ${CONNECTIONS + 1}, login_timeout: 10m}}
`);
  const added = await tamis(
    ['user', 'add', USER, '--password-stdin', '--config', server.configFile],
    `${SECRET}\n`,
  );
  expect(added.code, added.stderr).toBe(0);
  await server.start();
  allowDescriptors(server.pid, CONNECTIONS + 1000);
  return server;
}

async function flood(
  order: FloodOrder,
): Promise<{ readonly report: FloodReport; readonly child: ChildProcess }> {
  const child = fork(new URL('../../support/connection-flood.ts', import.meta.url));
  cleanUp.push(() => child.kill('SIGKILL'));
  allowDescriptors(child.pid ?? 0, CONNECTIONS + 1000);
  child.send(order);
  const [report] = (await once(child, 'message')) as [FloodReport];
  return { report, child };
}

/** One after the other may be refused until the server has seen that others are gone. */
async function greeted(server: TamisServer, wanted: RegExp): Promise<ImapClient> {
  for (let tries = 0; ; tries++) {
    const client = await (await ImapClient.connect(server.port('imap'))).greeted();
    if (wanted.test(client.greeting)) return client;
    client.destroy();
    if (tries === 200) expect(client.greeting).toMatch(wanted);
    await sleep(50);
  }
}

describe(`${CONNECTIONS} connections before login`, () => {
  test.each(WHOLE ? Object.keys(LOGIN_INPUTS) : WORST)('%s', { timeout: 600_000 }, async (input) => {
    const server = await startServer();
    const user = await greeted(server, /OK/);
    await user.ok(`LOGIN ${USER} "${SECRET}"`);
    forgetPeak(server);
    const before = memory(server, 'VmRSS');
    const order = { port: server.port('imap'), connections: CONNECTIONS, input, perAddress: PER_ADDRESS };
    const { report, child } = await flood(order);
    expect(report.greetings).toEqual({ '* OK': CONNECTIONS });
    // Whoever has logged in is served, and after what the others have sent.
    expect((await user.ok('SELECT INBOX')).code).toBe('READ-WRITE');
    expect((await user.ok('NOOP')).untagged).toEqual([]);
    const taken = memory(server, 'VmHWM') - before;
    if (process.env['TAMIS_FIGURES'] !== undefined || WHOLE)
      console.log(
        `${input}: ${(taken / KIB / KIB).toFixed(0)} MiB, ${(taken / KIB / CONNECTIONS).toFixed(1)} KiB each`,
      );
    expect(taken).toBeLessThan(CONNECTIONS * MOST_EACH + SLACK);
    // One more than the limit is told so, and the places are free afterwards.
    expect((await greeted(server, /BYE/)).greeting).toContain('[LIMIT]');
    child.kill('SIGKILL');
    const next = await greeted(server, /OK/);
    expect((await next.login(USER, SECRET)).status).toBe('OK');
    for (const client of [user, next]) client.destroy();
  });
});

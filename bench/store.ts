/**
 * The mail store over IMAP, beside Debian's Dovecot where it is installed (as root, on loopback):
 * `node bench/store.ts [mix] [large] [memory] [--json] [--alone] [--seconds N] [--rounds N] [--messages N]`.
 * The load comes from a process of its own; rounds of both servers take turns.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { corpusMessages } from '../test/support/shared.ts';
import { fillMaildir, measureIdle, measureLarge } from './support/store/large.ts';
import { type LoadOptions, type LoadResult, type Mix, runLoad } from './support/store/load.ts';
import {
  MeasuredDovecot,
  type MeasuredServer,
  MeasuredTamis,
  PASSWORD,
  resources,
} from './support/store/servers.ts';
import { type LargeResult, mixTable, type MixRound, largeTable } from './support/store/table.ts';

const CLIENTS = 10;
const MAX_MESSAGE = 20_000;
const IDLE_SESSIONS = 1000;
const USERS = Array.from({ length: CLIENTS }, (_, number) => `user${number}@example.org`);
const LARGE = 'large@example.org';

if (process.argv[2] === 'load') {
  const options = JSON.parse(process.argv[3] ?? '') as LoadOptions;
  console.log(JSON.stringify(await runLoad(options, sampleMessages())));
} else await main();

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      alone: { type: 'boolean', default: false },
      seconds: { type: 'string', default: '8' },
      rounds: { type: 'string', default: '3' },
      messages: { type: 'string', default: '100000' },
      only: { type: 'string', multiple: true, default: ['sessions', 'stay', 'append'] },
      node: { type: 'string', default: '' },
    },
  });
  const wants = (part: string): boolean => positionals.length === 0 || positionals.includes(part);
  const users = [...USERS, LARGE];
  const servers: MeasuredServer[] = [new MeasuredTamis(users, values.node)];
  if (!values.alone && MeasuredDovecot.find() !== undefined) servers.push(new MeasuredDovecot());
  const say = (text: string): void => {
    if (!values.json) console.log(text);
  };
  try {
    if (wants('mix')) {
      const rounds = await mixRounds(
        servers,
        Number(values.seconds),
        Number(values.rounds),
        values.only as Mix[],
      );
      if (values.json) for (const round of rounds) console.log(JSON.stringify({ bench: 'store', ...round }));
      say(mixTable(rounds));
    }
    if (wants('large')) {
      const results: LargeResult[] = [];
      for (const server of servers) results.push(await large(server, Number(values.messages)));
      if (values.json) for (const one of results) console.log(JSON.stringify({ bench: 'store', ...one }));
      say(largeTable(results));
    }
    if (wants('memory'))
      for (const server of servers) {
        await server.start();
        const megabytes = await measureIdle(server, USERS[0] ?? '', IDLE_SESSIONS);
        await server.stop();
        const figure = { server: server.name, sessions: IDLE_SESSIONS, megabytes };
        if (values.json) console.log(JSON.stringify({ bench: 'store', ...figure }));
        say(`${server.name}: ${megabytes.toFixed(0)} MB for ${IDLE_SESSIONS} sessions with INBOX open`);
      }
  } finally {
    for (const server of servers) await server.dispose();
  }
}

async function mixRounds(
  servers: readonly MeasuredServer[],
  seconds: number,
  rounds: number,
  mixes: readonly Mix[],
): Promise<MixRound[]> {
  const done: MixRound[] = [];
  for (const server of servers) await server.start();
  for (const mix of mixes)
    for (const [where, users] of [
      ['one mailbox', USERS.slice(0, 1)],
      ['a mailbox each', USERS],
    ] as const)
      for (let round = 0; round < rounds; round++)
        for (const server of servers) {
          const before = resources(server.pid).seconds;
          const result = await load({
            port: server.port,
            users,
            password: PASSWORD,
            clients: CLIENTS,
            seconds,
            mix,
          });
          const cpu = ((resources(server.pid).seconds - before) * 1000) / result.operations;
          done.push({ server: server.name, mix, where, cpu, ...result });
        }
  for (const server of servers) await server.stop();
  return done;
}

async function large(server: MeasuredServer, messages: number): Promise<LargeResult> {
  fillMaildir(server.maildir(LARGE), messages);
  await server.start();
  try {
    return { server: server.name, messages, ...(await measureLarge(server, LARGE, USERS[0] ?? '', 5)) };
  } finally {
    await server.stop();
  }
}

/** Runs the load in a process of its own. */
function load(options: LoadOptions): Promise<LoadResult> {
  const child = spawn(process.execPath, [import.meta.filename, 'load', JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      if (code === 0) resolve(JSON.parse(text) as LoadResult);
      else reject(new Error(`the load ended with ${code}`));
    });
  });
}

/** Messages of public lists, CRLF as clients send them. */
function sampleMessages(): Uint8Array[] {
  return corpusMessages('list-vger')
    .slice(0, 200)
    .map(({ path }) => readFileSync(path))
    .filter(({ length }) => length < MAX_MESSAGE)
    .map((raw) => Buffer.from(raw.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1'));
}

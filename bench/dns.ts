/** CPU time of one question that is not remembered, and of one that is, beside Node's own resolver (c-ares). */
import { fork } from 'node:child_process';
import { Resolver as NodeResolver } from 'node:dns/promises';
import { defaultDnsSettings } from '../src/net/settings.ts';
import { createResolver } from '../src/net/system-resolver.ts';
import { FakeNameServer } from '../test/support/dns-server.ts';

const QUESTIONS = 5_000;
/** The least time counts: the first round is for the compiler. */
const ROUNDS = 4;
/** Under way at a time. */
const AT_ONCE = 20;

if (process.argv.includes('--serve')) await serve();
else await measure();

/** The name server, in a process of its own so that its time is not counted. */
async function serve(): Promise<void> {
  const server = await FakeNameServer.start(({ name }) => ({
    answers: [{ type: 'TXT', name, ttl: 300, data: ['v=spf1 mx -all'] }],
  }));
  process.send?.(server.address);
  process.once('disconnect', () => process.exit());
}

async function measure(): Promise<void> {
  const child = fork(import.meta.filename, ['--serve']);
  const address = await new Promise<string>((resolve) => {
    child.once('message', (message) => resolve(message as string));
  });
  const settings = { ...defaultDnsSettings, servers: [address] };
  const ours = createResolver(settings);
  const node = new NodeResolver();
  node.setServers([address]);
  const times = { asked: Infinity, remembered: Infinity, cAres: Infinity };
  for (let round = 0; round < ROUNDS; round++) {
    const least = async (task: keyof typeof times, ask: (i: number) => Promise<unknown>) => {
      times[task] = Math.min(times[task], await microseconds(ask));
    };
    await least('asked', (i) => ours.resolve(`n${round}-${i}.example`, 'TXT'));
    await least('remembered', () => ours.resolve(`n${round}-1.example`, 'TXT'));
    await least('cAres', (i) => node.resolveTxt(`n${round}-${i}.example`));
  }
  child.disconnect();
  ours.close();
  if (process.argv.includes('--json')) console.log(JSON.stringify({ bench: 'dns', ...times }));
  else {
    const { asked, remembered, cAres } = times;
    console.log(
      `a question, µs CPU: ${asked.toFixed(1)} asked, ${remembered.toFixed(1)} remembered, ${cAres.toFixed(1)} by c-ares`,
    );
  }
}

async function microseconds(ask: (i: number) => Promise<unknown>): Promise<number> {
  let next = 0;
  const run = async (): Promise<void> => {
    while (next < QUESTIONS) await ask(next++);
  };
  const before = process.cpuUsage();
  await Promise.all(Array.from({ length: AT_ONCE }, run));
  const { user, system } = process.cpuUsage(before);
  return (user + system) / QUESTIONS;
}

/**
 * Benches one after the other, and one table: `npm run bench`, or some of them: `npm run bench -- store message`. Peers run
 * where they are installed.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { AuthenticationFigure } from './support/authentication-table.ts';
import { authenticationTable } from './support/authentication-table.ts';
import type { Figure } from './support/report.ts';
import { type LargeResult, largeTable, type MixRound, mixTable } from './support/store/table.ts';

/** Exit code of a bench whose peer is not installed. */
const NOT_INSTALLED = 3;
const BENCHES = [
  'message.ts',
  'scan.ts',
  'rspamd.ts',
  'filter.ts',
  'start.ts',
  'sieve.ts',
  'authentication.ts',
  'dns.ts',
  'store.ts',
];

/** A line of `message.ts`. */
interface ParserFigure {
  task: string;
  cpuMillisecondsPerMessage: number;
  megabytesPerSecond: number;
  messagesPerSecond: number;
}

/** A line of `sieve.ts`: microseconds of CPU. */
interface SieveFigure {
  bench: 'sieve';
  task: string;
  tamis: number;
  pigeonhole?: number;
}

/** A line of `start.ts`: milliseconds and megabytes. */
interface StartFigure {
  bench: 'start';
  program: string;
  first: number;
  ready: number;
  memory: number;
  further: number;
}

const figures: Figure[] = [];
const starts: StartFigure[] = [];
const parsing: ParserFigure[] = [];
const sieve: SieveFigure[] = [];
const authentication: AuthenticationFigure[] = [];
const others: string[] = [];
const mixes: MixRound[] = [];
const larges: LargeResult[] = [];
const asked = process.argv.slice(2);
for (const bench of BENCHES) {
  if (asked.length > 0 && !asked.includes(bench.replace('.ts', ''))) continue;
  const file = join(import.meta.dirname, bench);
  if (!existsSync(file)) continue;
  const { status, stdout, stderr } = spawnSync(process.execPath, [file, '--json'], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  if (status === NOT_INSTALLED) {
    console.error(`${bench}: left out, ${stderr.trim()}`);
    continue;
  }
  if (status !== 0) {
    console.error(`${bench}: failed\n${stderr}`);
    process.exitCode = 1;
    continue;
  }
  for (const line of stdout.split('\n').filter((text) => text.startsWith('{'))) {
    const result = JSON.parse(line) as
      | Partial<Figure & ParserFigure>
      | SieveFigure
      | StartFigure
      | AuthenticationFigure
      | MixRound
      | LargeResult;
    if (isMixRound(result)) mixes.push(result);
    else if (isLargeResult(result)) larges.push(result);
    else if (isAuthenticationFigure(result)) authentication.push(result);
    else if (isSieveFigure(result)) sieve.push(result);
    else if (isStartFigure(result)) starts.push(result);
    else if (isFigure(result)) figures.push(result);
    else if (isParserFigure(result)) parsing.push(result);
    else others.push(line);
  }
}

console.log(`Node ${process.version}, ${availableParallelism()} CPUs\n`);
for (const bench of new Set(figures.map((figure) => figure.bench))) printTable(bench);
if (starts.length > 0) {
  console.log('start, and memory of workers that have seen 500 messages each');
  console.log('| program | ms to the first verdict | ms to three workers | MB with one | MB a further one |');
  console.log('|---|---:|---:|---:|---:|');
  for (const { program, ...numbers } of starts) {
    const { first, ready, memory, further } = numbers;
    console.log(
      `| ${program} | ${[first, ready, memory, further].map((one) => one.toFixed(0)).join(' | ')} |`,
    );
  }
  console.log('');
}
if (parsing.length > 0) {
  console.log('parser: what it costs to ask a message for it');
  console.log('| asked for | ms CPU a message | MB a second | messages a second |');
  console.log('|---|---:|---:|---:|');
  for (const { task, cpuMillisecondsPerMessage, megabytesPerSecond, messagesPerSecond } of parsing)
    console.log(
      `| ${task} | ${cpuMillisecondsPerMessage.toFixed(3)} | ${megabytesPerSecond.toFixed(0)} | ${messagesPerSecond.toFixed(0)} |`,
    );
}
if (sieve.length > 0) {
  console.log('\nsieve: CPU time of one execution, the parse of the mail counted in');
  console.log('| what | µs tamis | µs pigeonhole | share |');
  console.log('|---|---:|---:|---:|');
  for (const { task, tamis, pigeonhole } of sieve)
    console.log(
      `| ${task} | ${tamis.toFixed(0)} | ${pigeonhole?.toFixed(0) ?? ''} | ${pigeonhole === undefined ? '' : (tamis / pigeonhole).toFixed(2)} |`,
    );
}
if (authentication.length > 0) console.log(`\n${authenticationTable(authentication)}`);
if (mixes.length > 0) console.log(`\n${mixTable(mixes)}`);
if (larges.length > 0) console.log(largeTable(larges));
for (const line of others) console.log(line);

function isMixRound(result: object): result is MixRound {
  return 'mix' in result;
}

function isLargeResult(result: object): result is LargeResult {
  return 'figures' in result;
}

function isAuthenticationFigure(result: object): result is AuthenticationFigure {
  return 'bench' in result && result.bench === 'authentication';
}

function isStartFigure(result: object): result is StartFigure {
  return 'bench' in result && result.bench === 'start';
}

function isSieveFigure(result: object): result is SieveFigure {
  return 'tamis' in result && typeof result.tamis === 'number';
}

function isParserFigure(result: Partial<ParserFigure>): result is ParserFigure {
  return typeof result.task === 'string' && typeof result.cpuMillisecondsPerMessage === 'number';
}

function isFigure(result: Partial<Figure>): result is Figure {
  return typeof result.program === 'string' && typeof result.cpu === 'number';
}

/** One line a program; the ratio says how many times ours the peer takes. */
function printTable(bench: string): void {
  const rows = figures.filter((figure) => figure.bench === bench);
  const ours = rows.find(({ program }) => program === 'tamis');
  const [first] = rows;
  if (first === undefined) return;
  console.log(`${bench}: ${first.messages} messages of ${(first.bytes / 1024).toFixed(1)} KB on average`);
  console.log('| program | ms CPU a message | against tamis | messages a second | MB |');
  console.log('|---|---:|---:|---:|---:|');
  for (const { program, version, cpu, throughput, memory } of rows) {
    const name = version === undefined ? program : `${program} ${version}`;
    const ratio = ours === undefined ? '' : `${(cpu / ours.cpu).toFixed(2)} ×`;
    console.log(
      `| ${name} | ${cpu.toFixed(2)} | ${ratio} | ${throughput.toFixed(0)} | ${memory.toFixed(0)} |`,
    );
  }
  console.log('');
}

/**
 * How long the filter takes to start, and what a worker takes of memory: `node bench/start.ts [--json]`. Each pool has a
 * process of its own, from the reading of the configuration to the first verdict, then some messages of each source.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../src/config/load.ts';
import { openScanner } from '../src/daemon/scanner.ts';
import { silentLog } from '../src/log.ts';
import { corpusMessages } from '../test/support/shared.ts';

/** Stock rules of SpamAssassin (Debian package spamassassin). */
const STOCK_RULES = '/usr/share/spamassassin';
/** Workers of the pools compared. */
const [FEW, MANY] = [1, 3] as const;
/** Messages after which a worker's memory grows no more, for each, and how many are in hand at a time. */
const MESSAGES = 500;
const WIDTH = 16;

interface Run {
  /** Milliseconds to the first verdict, and until all workers are ready. */
  first: number;
  ready: number;
  /** Resident megabytes at the end. */
  memory: number;
}

const [task, workers = '', ...rules] = process.argv.slice(2);
if (task === 'child') console.log(JSON.stringify(await run(Number(workers), rules)));
else
  for (const [name, files] of [
    ['tamis', []],
    ['tamis with the stock rules of SpamAssassin', [STOCK_RULES]],
  ] as const)
    if (files.every((file) => existsSync(file))) compare(name, files);

function compare(name: string, files: readonly string[]): void {
  const [few, many] = [FEW, MANY].map((count): Run => {
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      [import.meta.filename, 'child', String(count), ...files],
      { encoding: 'utf8' },
    );
    if (status !== 0) throw new Error(stderr);
    return JSON.parse(stdout) as Run;
  }) as [Run, Run];
  const figure = {
    bench: 'start',
    program: name,
    first: few.first,
    ready: many.ready,
    memory: few.memory,
    further: (many.memory - few.memory) / (MANY - FEW),
  };
  if (process.argv.includes('--json')) console.log(JSON.stringify(figure));
  else
    console.log(
      `${name}: first verdict after ${figure.first.toFixed(0)} ms, ${MANY} workers ready after ${figure.ready.toFixed(0)} ms; ` +
        `${figure.memory.toFixed(0)} MB with one worker, ${figure.further.toFixed(0)} MB more for each further one`,
    );
}

async function run(count: number, files: readonly string[]): Promise<Run> {
  const messages = corpusMessages();
  const step = Math.max(1, Math.floor(messages.length / (MESSAGES * count)));
  const raws = messages.filter((_, index) => index % step === 0).map(({ path }) => readFileSync(path));
  const folder = mkdtempSync(join(tmpdir(), 'tamis-bench-start-'));
  try {
    const file = join(folder, 'tamis.yaml');
    const settings = { pool: { workers: count }, rules: { files } };
    writeFileSync(file, JSON.stringify({ data: folder, filter: settings }));
    const started = performance.now();
    const loaded = loadConfig(file, {});
    const pool = openScanner({ ...loaded, zone: {} }, silentLog);
    const scan = async (raw: Uint8Array): Promise<void> => {
      await pool.scan({ id: 'bench', raw, envelope: { client: {}, sender: '', recipients: [] } });
    };
    await scan(Buffer.from('From: a@example.org\r\n\r\nHello\r\n'));
    const first = performance.now() - started;
    while (pool.statistics().ready < count) await new Promise((done) => setTimeout(done, 5));
    const ready = performance.now() - started;
    for (let at = 0; at < raws.length; at += WIDTH * count)
      await Promise.all(raws.slice(at, at + WIDTH * count).map(scan));
    const memory = process.memoryUsage.rss() / 1024 / 1024;
    await pool.close();
    return { first, ready, memory };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

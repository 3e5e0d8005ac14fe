/**
 * The whole filter beside others: `node bench/filter.ts [--json] [--messages N] [--alone]`. All checks, our rules, Bayes, the
 * model, DKIM; no network. Everybody learns the same messages first and judges others. CPU time is that of all processes
 * and threads, when all is warm; that of rspamd includes its Redis. `--alone` leaves the other filters out.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBogofilter } from '../src/cli/eval/engines/bogofilter.ts';
import { EngineError } from '../src/cli/eval/engines/error.ts';
import { openRspamd } from '../src/cli/eval/engines/rspamd.ts';
import { openSpamAssassin } from '../src/cli/eval/engines/spamassassin.ts';
import { openTamis } from '../src/cli/eval/engines/tamis.ts';
import { judgeAll } from '../src/cli/eval/run.ts';
import type { Engine, LabelledMessage } from '../src/cli/eval/types.ts';
import { loadConfig } from '../src/config/load.ts';
import { openBayes } from '../src/daemon/bayes.ts';
import { Bayes } from '../src/filter/bayes/bayes.ts';
import { RequestMaker } from '../src/filter/bayes/request.ts';
import { silentLog } from '../src/log.ts';
import { parseMessage } from '../src/message/parse.ts';
import { corpusMessages } from '../test/support/shared.ts';
import { report, type Figure } from './support/report.ts';

/** Stock rules of SpamAssassin (Debian package spamassassin). */
const STOCK_RULES = '/usr/share/spamassassin';
/** Octets of the longest message that counts as short. */
const SHORT = 5000;
/** Messages after which nothing more is compiled while it runs. */
const WARM = 2000;
/** Of each source and class, for the mix and for what is learned. */
const EACH = 60;

const argument = (name: string): string | undefined => {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
};
const most = Number(argument('--messages') ?? process.env['TAMIS_BENCH_MESSAGES'] ?? 600);
const alone = process.argv.includes('--alone');

type Sized = LabelledMessage & { bytes: number };

const all = corpusMessages().map(
  ({ path, label, source, bytes }): Sized => ({
    name: path,
    path,
    label: label === 'ham' ? 'ham' : 'spam',
    source,
    group: '',
    split: '',
    received: undefined,
    bytes,
  }),
);
/** Every other message is learned, the rest judged. */
const learned = spread(
  all.filter((_, index) => index % 2 === 0),
  EACH * 2,
);
const judged = all.filter((_, index) => index % 2 === 1);
const sets: readonly (readonly [string, readonly Sized[]])[] = [
  [
    'short ham',
    judged
      .filter(({ label, source, bytes }) => label === 'ham' && source.startsWith('list-') && bytes <= SHORT)
      .slice(0, most),
  ],
  ['a mix of all sources', spread(judged, Math.max(1, Math.floor((most / 600) * EACH)))],
];

const folder = mkdtempSync(join(tmpdir(), 'tamis-bench-filter-'));
const stock = join(folder, 'stock.yaml');
writeFileSync(stock, `filter: {rules: {files: [${STOCK_RULES}]}}\n`);
writeFileSync(join(folder, 'plain.yaml'), '{}\n');
const options = { learns: true, trainModelWithout: undefined, log: silentLog };
const tamis = (file: string) => () => openTamis(loadConfig(file, {}), options);

const contenders: readonly (readonly [string, () => Promise<Engine>])[] = [
  ['tamis', tamis(join(folder, 'plain.yaml'))],
  ['tamis with the stock rules of SpamAssassin', tamis(stock)],
  ...(alone
    ? []
    : ([
        ['rspamd', openRspamd],
        ['SpamAssassin', openSpamAssassin],
        ['bogofilter', openBogofilter],
      ] as const)),
];
try {
  for (const [name, open] of contenders) {
    try {
      for (const figure of await measure(name, open)) report(figure);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      console.error(error.message);
    }
  }
  for (const [bench, messages] of sets) report(await bayesAlone(bench, messages));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measure(name: string, open: () => Promise<Engine>): Promise<Figure[]> {
  const started = performance.now();
  const engine = await open();
  const figures: Figure[] = [];
  try {
    await engine.learn(learned, () => undefined);
    const [first] = learned;
    const opening = performance.now();
    if (first !== undefined) await engine.judge(first);
    const start = (performance.now() - opening) / 1000;
    if (name === 'tamis')
      console.error(
        `tamis: first verdict after ${start.toFixed(2)} s; learned ${learned.length} messages in ${((opening - started) / 1000).toFixed(1)} s`,
      );
    for (const [bench, messages] of sets) {
      const rounds = name.startsWith('tamis') ? Math.ceil(WARM / messages.length) : 1;
      for (let round = 0; round < rounds; round++) await judgeAll(engine, messages, () => undefined);
      const before = engine.cpu();
      const from = performance.now();
      await judgeAll(engine, messages, () => undefined);
      figures.push({
        bench: `filter, ${bench}`,
        program: name,
        messages: messages.length,
        bytes: meanSize(messages),
        cpu: (engine.cpu() - before) / messages.length,
        throughput: (messages.length / (performance.now() - from)) * 1000,
        memory: name.startsWith('tamis') ? process.memoryUsage.rss() / 1024 / 1024 : 0,
        ...(engine.version === undefined || name.startsWith('tamis') ? {} : { version: engine.version }),
      });
    }
  } finally {
    await engine.close();
  }
  return figures;
}

/** Tokens and probability of parsed messages, the parse counted in. */
async function bayesAlone(bench: string, messages: readonly Sized[]): Promise<Figure> {
  const { config } = loadConfig(join(folder, 'plain.yaml'), {});
  const store = await openBayes({ ...config, data: join(folder, 'bayes') }, silentLog);
  if (store === undefined) throw new Error('Bayes is switched off');
  try {
    const { bayes: settings } = config.filter;
    const maker = new RequestMaker({ tokens: settings.tokens, limits: config.message, now: Date.now });
    await store.learn(learned.map(({ path, label }) => maker.make(readFileSync(path), label)));
    const bayes = new Bayes({ settings, memory: store.memory, now: Date.now });
    const raws = messages.map(({ path }) => readFileSync(path));
    const envelope = { client: {}, sender: '', recipients: [] };
    const judgeThem = async (): Promise<void> => {
      for (const raw of raws) await bayes.judge(parseMessage(raw), envelope);
    };
    await judgeThem();
    const before = process.cpuUsage();
    const from = performance.now();
    await judgeThem();
    const { user, system } = process.cpuUsage(before);
    return {
      bench: `filter, ${bench}`,
      program: 'tamis, parse and Bayes alone',
      messages: messages.length,
      bytes: meanSize(messages),
      cpu: (user + system) / 1000 / messages.length,
      throughput: (messages.length / (performance.now() - from)) * 1000,
      memory: process.memoryUsage.rss() / 1024 / 1024,
    };
  } finally {
    await store.close();
  }
}

/** At most so many of each source and class, in the order of the index. */
function spread(messages: readonly Sized[], each: number): Sized[] {
  const counts = new Map<string, number>();
  return messages.filter(({ source, label }) => {
    const key = `${source}\t${label}`;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    return count <= each;
  });
}

function meanSize(messages: readonly Sized[]): number {
  return messages.reduce((sum, { bytes }) => sum + bytes, 0) / messages.length;
}

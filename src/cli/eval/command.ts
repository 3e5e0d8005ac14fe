/** The work of `tamis eval`: reads the index, runs the engines, measures, prints. */
import { writeFileSync } from 'node:fs';
import { ConfigError } from '../../config/read.ts';
import { silentLog } from '../../log.ts';
import { EXIT, type Io } from '../io.ts';
import { Progress } from '../progress.ts';
import { EngineError } from './engines/error.ts';
import { ENGINES, type EngineName, type OpenEngine } from './engines/index.ts';
import { IndexError, readIndex } from './index-file.ts';
import { outcomeLines } from './outcomes-file.ts';
import { htmlReport } from './report/html.ts';
import { comparison, textReport } from './report/text.ts';
import { reportJson, reportOf, type Run } from './report.ts';
import { foldsOf, judgeAll, judgeOnline, leaveOut, type Fold } from './run.ts';
import type { Engine, LabelledMessage, Outcome } from './types.ts';

export interface EvalOptions {
  index: string;
  folder?: string;
  config?: string;
  engine?: string[];
  against?: string;
  source?: string[];
  split?: string;
  sample?: number;
  train?: string;
  trainFolder?: string;
  leaveOut?: string[];
  folds?: number;
  online?: 'error' | 'all';
  trainModel?: true;
  modelWithout?: string[];
  commercial?: string[];
  symbols: number;
  verdicts?: string;
  json?: true;
  html?: string;
}

/** Sources of the usual corpora that hold modern commercial mail. */
const COMMERCIAL = ['foff', 'markup2019'];

/** A file that cannot be written. */
class OutputError extends Error {}

/** Faults of what was asked for; anything else is ours. */
const EXPECTED = [IndexError, EngineError, ConfigError, OutputError];

/** Runs it; the exit code. */
export async function evaluate(options: EvalOptions, io: Io): Promise<number> {
  try {
    return await run(options, io);
  } catch (error) {
    if (!EXPECTED.some((kind) => error instanceof kind)) throw error;
    io.stderr(`${(error as Error).message.replace(/^(?!tamis: )/gm, 'tamis: ')}\n`);
    return EXIT.input;
  }
}

async function run(options: EvalOptions, io: Io): Promise<number> {
  const selection = { sources: options.source ?? [], split: options.split, sample: options.sample };
  const messages = readIndex(options.index, options.folder, selection);
  const training =
    options.train === undefined
      ? []
      : readIndex(options.train, options.trainFolder ?? options.folder, { sources: [] });
  const plan = planOf(messages, options);
  // Before an hour's work, not after it.
  for (const file of [options.verdicts, options.html]) if (file !== undefined) write(file, '');
  const runs: Run[] = [];
  for (const { name, open } of contenders(options)) {
    const progress = new Progress(io, name, workOf(plan, messages, training));
    try {
      runs.push({
        ...(await runEngine(open, { messages, training, plan, online: options.online, progress })),
        engine: name,
      });
    } finally {
      progress.clear();
    }
  }
  const reports = runs.map((one) => reportOf(one, options.commercial ?? COMMERCIAL));
  if (options.verdicts !== undefined && runs[0] !== undefined)
    write(options.verdicts, outcomeLines(runs[0].outcomes));
  if (options.html !== undefined) write(options.html, htmlReport(reports));
  if (options.json) for (const report of reports) io.stdout(`${JSON.stringify(reportJson(report))}\n`);
  else {
    io.stdout(textReport(reports, options.symbols, io));
    if (reports.length > 1) io.stdout(`\n${comparison(reports)}`);
  }
  return reports.some(({ summary }) => summary.total.faults > 0) ? EXIT.input : EXIT.ok;
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new OutputError((error as Error).message);
  }
}

/** What is run: each engine named, and the second configuration beside the first. */
function contenders(options: EvalOptions): { name: string; open: OpenEngine }[] {
  const { engine, config, against, train, leaveOut: left, folds, online, trainModel, modelWithout } = options;
  const common = {
    learns: [train, left, folds, online].some((option) => option !== undefined),
    trainModelWithout: trainModel || modelWithout !== undefined ? (modelWithout ?? []) : undefined,
    log: silentLog,
  };
  const names = (engine ?? ['tamis']) as EngineName[];
  const all = names.map((name) => ({
    name: name as string,
    open: () => ENGINES[name]({ ...common, config }),
  }));
  if (against !== undefined)
    all.push({ name: `tamis (${against})`, open: () => ENGINES.tamis({ ...common, config: against }) });
  return all;
}

function planOf(messages: readonly LabelledMessage[], { leaveOut: sources, folds }: EvalOptions): Fold[] {
  if (folds !== undefined) return foldsOf(messages, folds);
  if (sources === undefined) return [];
  const known = [...new Set(messages.map(({ source }) => source))];
  for (const source of sources)
    if (source !== 'each' && !known.includes(source))
      throw new IndexError(`--leave-out: no source "${source}"; there are ${known.join(', ')}`);
  return leaveOut(messages, sources.includes('each') ? known : sources);
}

const workOf = (
  plan: readonly Fold[],
  messages: readonly LabelledMessage[],
  training: readonly LabelledMessage[],
): number =>
  plan.length === 0
    ? messages.length + training.length
    : plan.reduce((sum, { train, test }) => sum + train.length + training.length + test.length, 0);

interface Work {
  messages: readonly LabelledMessage[];
  training: readonly LabelledMessage[];
  plan: readonly Fold[];
  online: EvalOptions['online'];
  progress: Progress;
}

async function runEngine(open: OpenEngine, work: Work): Promise<Omit<Run, 'engine'>> {
  const { messages, training, plan, online, progress } = work;
  const advance = (): void => progress.advance();
  const outcomes: Outcome[] = [];
  let learned: number | undefined;
  let seconds = 0;
  let cpu = 0;
  let about: Pick<Engine, 'version' | 'required'> = { version: undefined, required: 0 };
  const parts: Fold[] = plan.length === 0 ? [{ name: '', train: [], test: messages }] : [...plan];
  for (const { train, test } of parts) {
    const engine = await open();
    try {
      about = { version: engine.version, required: engine.required };
      if (train.length + training.length > 0) await engine.learn([...training, ...train], advance);
      const cpuBefore = engine.cpu();
      const started = performance.now();
      if (online === undefined) outcomes.push(...(await judgeAll(engine, test, advance)));
      else {
        const result = await judgeOnline(engine, byTime(test), online === 'all', advance);
        outcomes.push(...result.outcomes);
        learned = (learned ?? 0) + result.learned;
      }
      seconds += (performance.now() - started) / 1000;
      cpu += engine.cpu() - cpuBefore;
    } finally {
      await engine.close();
    }
  }
  return {
    ...about,
    outcomes,
    folds: plan.map(({ name }) => name),
    seconds,
    cpuPerMessage: cpu > 0 && outcomes.length > 0 ? cpu / outcomes.length : undefined,
    ...(learned === undefined ? {} : { learned }),
  };
}

/** By the time in the index; those of the same month in an order that does not follow the sources. */
function byTime(messages: readonly LabelledMessage[]): LabelledMessage[] {
  const key = ({ name }: LabelledMessage): string => name.slice(name.lastIndexOf('/') + 1);
  return messages.toSorted(
    (one, other) =>
      (one.received ?? 0) - (other.received ?? 0) ||
      (key(one) < key(other) ? -1 : Number(key(one) > key(other))),
  );
}

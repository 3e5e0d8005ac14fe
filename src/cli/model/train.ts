import { readFile, rename, writeFile } from 'node:fs/promises';
import { extractFeatures } from '../../filter/model/features/extract.ts';
import { writeModel } from '../../filter/model/onnx.ts';
import { judgeAll, type HeldOut } from '../../filter/model/training/cross-validate.ts';
import type { Example } from '../../filter/model/training/dataset.ts';
import { defaultTrainingSettings } from '../../filter/model/training/settings.ts';
import { train, TrainingError, type Trained } from '../../filter/model/training/train.ts';
import type { Model } from '../../filter/model/types.ts';
import { parseMessage } from '../../message/parse.ts';
import { IndexError, readIndex } from '../eval/index-file.ts';
import type { LabelledMessage } from '../eval/types.ts';
import { EXIT, type Io } from '../io.ts';
import { Progress } from '../progress.ts';
import { figures, figuresText } from './figures.ts';

export interface TrainOptions {
  index: string;
  folder?: string;
  out?: string;
  exclude?: string[];
  test?: string[];
  heldOut?: string;
  seed: string;
  json?: true;
}

/** An example that knows which row of the index it was. */
interface NamedExample extends Example {
  readonly name: string;
}

/** Steps in which the progress of the training is drawn. */
const STEPS = 1000;

export async function modelTrain(options: TrainOptions, io: Io): Promise<number> {
  const seed = Number(options.seed);
  if (!Number.isSafeInteger(seed)) {
    io.stderr(`tamis: --seed: "${options.seed}" is no whole number\n`);
    return EXIT.usage;
  }
  try {
    const messages = readIndex(options.index, options.folder);
    const tested = new Set(options.test);
    const excluded = new Set([...(options.exclude ?? []), ...tested]);
    for (const source of excluded)
      if (!messages.some((one) => one.source === source))
        throw new IndexError(`${options.index}: no source "${source}"`);
    const examples = await readExamples(
      messages.filter(({ source }) => !excluded.has(source)),
      io,
    );
    const tests = await readExamples(
      messages.filter(({ source }) => tested.has(source)),
      io,
    );
    const trained = trainWithProgress(examples, seed, io);
    report(trained, judgeAll(trained.model, tests), options, io);
    await write(trained, examples, seed, options, io);
    return EXIT.ok;
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (!(error instanceof IndexError || error instanceof TrainingError) && code === undefined) throw error;
    io.stderr(`tamis: ${(error as Error).message}\n`);
    return EXIT.input;
  }
}

async function readExamples(messages: readonly LabelledMessage[], io: Io): Promise<NamedExample[]> {
  const progress = new Progress(io, 'read', messages.length);
  const examples: NamedExample[] = [];
  for (const { path, name, label, source, group } of messages) {
    const features = extractFeatures(parseMessage(await readFile(path)));
    examples.push({ name, features, spam: label === 'spam', source, group: group === '' ? name : group });
    progress.advance();
  }
  progress.clear();
  return examples;
}

function trainWithProgress(examples: readonly NamedExample[], seed: number, io: Io): Trained {
  const progress = new Progress(io, 'train', STEPS);
  let drawn = 0;
  const trained = train(examples, { ...defaultTrainingSettings, seed }, (share) => {
    const step = Math.floor(share * STEPS);
    progress.advance(step - drawn);
    drawn = step;
  });
  progress.clear();
  return trained;
}

function report(trained: Trained, tests: readonly HeldOut[], options: TrainOptions, io: Io): void {
  const { model, bySource, byGroup } = trained;
  const all = figures(model, { bySource, byGroup, tests });
  io.stdout(options.json ? `${JSON.stringify(all)}\n` : figuresText(all));
}

async function write(
  { model, bySource }: Trained,
  examples: readonly NamedExample[],
  seed: number,
  { out, heldOut }: TrainOptions,
  io: Io,
): Promise<void> {
  if (out !== undefined) {
    const sources = [...new Set(examples.map(({ source }) => source))];
    const properties = new Map([
      ['sources', sources.join(' ')],
      ['messages', `${examples.length}`],
      ['spam', `${examples.filter(({ spam }) => spam).length}`],
      ['seed', `${seed}`],
    ]);
    const bytes = writeModel({ ...model, properties });
    // A daemon that reloads meanwhile finds the old file or the new one.
    await writeFile(`${out}.new`, bytes);
    await rename(`${out}.new`, out);
    io.stderr(`${out}: ${bytes.length} bytes\n`);
  }
  if (heldOut !== undefined) await writeFile(heldOut, heldOutTable(model, bySource));
}

/** Rows as in an index, with the probability as a last column. */
function heldOutTable({ slope, intercept }: Model, judged: readonly HeldOut[]): string {
  const rows = judged.map(({ example, score }) => {
    const probability = 1 / (1 + Math.exp(-(slope * score + intercept)));
    const { name, source, group, spam } = example as NamedExample;
    return [name, spam ? 'spam' : 'ham', source, group, probability.toFixed(6)].join('\t');
  });
  return `${['path\tlabel\tsource\tgroup\tprobability', ...rows].join('\n')}\n`;
}

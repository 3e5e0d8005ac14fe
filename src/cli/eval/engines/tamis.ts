import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LoadedConfig } from '../../../config/load.ts';
import { openBayes, viewBayes } from '../../../daemon/bayes.ts';
import { openScanner } from '../../../daemon/scanner.ts';
import { version } from '../../../daemon/version.ts';
import type { LearnRequest } from '../../../filter/bayes/record.ts';
import { RequestMaker } from '../../../filter/bayes/request.ts';
import type { BayesStore } from '../../../filter/bayes/store.ts';
import type { Pool } from '../../../filter/pool.ts';
import type { Log } from '../../../log.ts';
import { arrivalOf } from '../arrival.ts';
import type { Engine, LabelledMessage } from '../types.ts';
import { trainModel } from './trained-model.ts';

/** Messages in hand for each processor: no worker waits for the next file. */
const WIDTH = 16;
/** Messages learned at once: some megabytes of tokens. */
const BATCH = 200;

export interface TamisOptions {
  /** It begins with nothing learned; else it judges by what the data folder of the configuration holds. */
  learns: boolean;
  /** What it learns first also trains a model, in the place of the configuration's, but for these sources. */
  trainModelWithout: readonly string[] | undefined;
  log: Log;
}

/**
 * Tamis with a configuration: the whole scanner in its worker pool, but for the DNS, which answers that no name exists
 * unless the configuration has a zone. What it learns is in a folder of its own, which goes when it is closed; nothing
 * changes in that of the configuration.
 */
export async function openTamis(loaded: LoadedConfig, options: TamisOptions): Promise<Engine> {
  const { config } = loaded;
  const { learns, trainModelWithout, log } = options;
  let folder: string | undefined;
  let store: BayesStore | undefined;
  let memory: SharedArrayBuffer | undefined;
  if (learns) {
    folder = mkdtempSync(join(tmpdir(), 'tamis-eval-'));
    store = await openBayes({ ...config, data: folder }, log);
    memory = store?.memory;
  } else memory = await viewBayes(config, log);
  let modelFile: string | undefined;
  let pool: Pool | undefined;
  const open = (): Pool => {
    const filter =
      modelFile === undefined
        ? config.filter
        : { ...config.filter, model: { ...config.filter.model, enabled: true, file: modelFile } };
    // Other programs are not asked either.
    const clamd = { ...filter.clamd, server: '' };
    const offline = {
      ...loaded,
      config: { ...config, filter: { ...filter, clamd } },
      zone: loaded.zone ?? {},
    };
    return openScanner(offline, log, undefined, undefined, memory);
  };
  const maker = new RequestMaker({
    tokens: config.filter.bayes.tokens,
    limits: config.message,
    now: Date.now,
  });
  let number = 0;
  return {
    name: 'tamis',
    version: version(),
    required: config.filter.thresholds.addHeader,
    width: WIDTH * availableParallelism(),
    async learn(messages, advance) {
      // Before the first judgement; what is learned on the way is for Bayes alone.
      if (folder !== undefined && pool === undefined && trainModelWithout !== undefined) {
        modelFile = join(folder, 'model.onnx');
        const wanted = messages.filter(({ source }) => !trainModelWithout.includes(source));
        trainModel(wanted, loaded, modelFile);
      }
      const mixed = mix(messages);
      for (let start = 0; start < mixed.length; start += BATCH) {
        const requests: LearnRequest[] = [];
        for (const message of mixed.slice(start, start + BATCH)) {
          requests.push(maker.make(await readFile(message.path), message.label));
          advance();
        }
        await store?.learn(requests);
      }
    },
    async judge(message) {
      const raw = await readShared(message);
      const { envelope, received } = arrivalOf(raw, message.received);
      pool ??= open();
      const verdict = await pool.scan({
        id: `eval-${++number}`,
        raw,
        envelope,
        ...(received === undefined ? {} : { received }),
      });
      return {
        score: verdict.score,
        spam: verdict.spam,
        action: verdict.action,
        hits: verdict.hits.map(({ symbol, score, weight }) => ({
          symbol,
          score,
          ...(weight === undefined ? {} : { weight }),
        })),
        cpu: verdict.cpu,
      };
    },
    cpu() {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1000;
    },
    async close() {
      await pool?.close();
      await store?.close();
      if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
    },
  };
}

/**
 * As `tamis learn` mixes what it is given at first (see `orderRequests`): an index has one source after the other, and
 * what is learned by margin from a thousand messages of one kind is worse.
 */
function mix(messages: readonly LabelledMessage[]): LabelledMessage[] {
  const keyOf = ({ name }: LabelledMessage): string => createHash('sha256').update(name).digest('hex');
  return messages
    .map((message) => ({ message, key: keyOf(message) }))
    .sort((one, other) => (one.key < other.key ? -1 : 1))
    .map(({ message }) => message);
}

/** On memory that reaches a worker without a copy. */
async function readShared({ path }: LabelledMessage): Promise<Uint8Array> {
  const file = await readFile(path);
  const raw = new Uint8Array(new SharedArrayBuffer(file.length));
  raw.set(file);
  return raw;
}

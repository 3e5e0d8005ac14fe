import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import type { LoadedConfig } from '../../../config/load.ts';
import { openScanner } from '../../../daemon/scanner.ts';
import { version } from '../../../daemon/version.ts';
import type { Pool } from '../../../filter/pool.ts';
import type { Log } from '../../../log.ts';
import { arrivalOf } from '../arrival.ts';
import type { Engine, LabelledMessage } from '../types.ts';

/** Messages in hand for each processor: no worker waits for the next file. */
const WIDTH = 16;

/**
 * Tamis with a configuration: the whole scanner in its worker pool, but for the DNS, which answers that no name exists
 * unless the configuration has a zone.
 */
export function openTamis(loaded: LoadedConfig, log: Log): Promise<Engine> {
  const pool: Pool = openScanner({ ...loaded, zone: loaded.zone ?? {} }, log);
  let number = 0;
  return Promise.resolve({
    name: 'tamis',
    version: version(),
    required: loaded.config.filter.thresholds.addHeader,
    width: WIDTH * availableParallelism(),
    learn: () => Promise.reject(new Error('this configuration learns nothing')),
    async judge(message) {
      const raw = await readShared(message);
      const { envelope, received } = arrivalOf(raw, message.received);
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
    close: () => pool.close(),
  });
}

/** On memory that reaches a worker without a copy. */
async function readShared({ path }: LabelledMessage): Promise<Uint8Array> {
  const file = await readFile(path);
  const raw = new Uint8Array(new SharedArrayBuffer(file.length));
  raw.set(file);
  return raw;
}

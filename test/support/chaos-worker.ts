/**
 * A filter worker that dies now and then in the middle of a scan, whatever the message: for load tests, handed in as
 * `workerFile`.
 */
import { workerData } from 'node:worker_threads';
import type { Check } from '../../src/filter/types.ts';
import { workerHandlers } from '../../src/filter/worker-scanner.ts';
import type { WorkerSettings } from '../../src/filter/worker-task.ts';

/** One scan in so many ends its worker. */
const ODDS = 30;

const mortal: Check = {
  name: 'mortal',
  symbols: {},
  run: () => {
    if (Math.random() * ODDS < 1) process.exit(7);
    return [];
  },
};

export const { ready, scan, sign } = workerHandlers(workerData as WorkerSettings, [mortal]);

/** The module a filter worker runs. It reads mail, asks the DNS and signs with the keys it is
 * given; it opens no file and keeps nothing. */
import { workerData } from 'node:worker_threads';
import { workerHandlers } from './worker-scanner.ts';
import type { WorkerSettings } from './worker-task.ts';

const handlers = workerHandlers(workerData as WorkerSettings);

export const ready = handlers.ready;
export const scan = handlers.scan;
export const sign = handlers.sign;

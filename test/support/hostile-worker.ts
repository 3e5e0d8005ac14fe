/**
 * A filter worker with one more check, which does what the field `X-Test` of the message says: `hang`, `crash`, `heap`,
 * `throw` or `wait MILLISECONDS`. For tests of the pool, handed in as `workerFile`.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { workerData } from 'node:worker_threads';
import type { Check } from '../../src/filter/types.ts';
import { workerHandlers } from '../../src/filter/worker-scanner.ts';
import type { WorkerSettings } from '../../src/filter/worker-task.ts';

const obedient: Check = {
  name: 'obedient',
  symbols: { WAITED: { score: 0, description: 'Waited as it was told' } },
  async run({ message }) {
    const [order, argument] = (message.header.get('x-test')?.value ?? '').split(' ');
    switch (order) {
      case 'hang':
        for (;;);
      case 'crash':
        return process.exit(3);
      case 'heap': {
        const hoard: string[][] = [];
        for (;;) hoard.push(Array.from({ length: 100_000 }, (_, index) => `${index} ${hoard.length}`));
      }
      case 'throw':
        throw new Error('as I was told');
      case 'wait':
        await sleep(Number(argument));
        return [{ symbol: 'WAITED' }];
      default:
        return [];
    }
  },
};

const handlers = workerHandlers(workerData as WorkerSettings, [obedient]);

export const ready = handlers.ready;
export const scan = handlers.scan;
export const sign = handlers.sign;

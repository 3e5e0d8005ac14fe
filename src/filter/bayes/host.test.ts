import { describe, expect, it } from 'vitest';
import { numberedRequest } from '../../../test/support/bayes-requests.ts';
import { type BayesHost, isBayesMessage, serveWorkers } from './host.ts';
import type { Outcome } from './learn.ts';
import type { LearnRequest } from './record.ts';

function host(more: Partial<BayesHost>): BayesHost {
  return {
    memory: new SharedArrayBuffer(64),
    learn: () => Promise.resolve([]),
    start: () => undefined,
    close: () => Promise.resolve(),
    ...more,
  };
}

const waiting = () => {
  const done = new SharedArrayBuffer(4);
  return { done, woken: Atomics.waitAsync(new Int32Array(done), 0, 0, 5000) };
};

describe('serveWorkers', () => {
  it('learns what workers ask for, and leaves out what is too much at once', async () => {
    const learned: LearnRequest[] = [];
    const { promise, resolve } = Promise.withResolvers<Outcome[]>();
    const serve = serveWorkers(
      host({
        learn: (requests) => {
          learned.push(...requests);
          return promise;
        },
      }),
      () => undefined,
    );
    for (let number = 0; number < 1005; number++) serve({ bayes: 'learn', request: numberedRequest(number) });
    expect(learned).toHaveLength(1000);
    resolve([]);
    await new Promise(setImmediate);
    serve({ bayes: 'learn', request: numberedRequest(2000) });
    expect(learned).toHaveLength(1001);
  });

  it('wakes the worker when its tokens are there, when they cannot be had, and when nothing need be fetched', async () => {
    const faults: string[] = [];
    for (const one of [
      host({ fetch: () => Promise.resolve() }),
      host({ fetch: () => Promise.reject(new Error('gone')) }),
      host({}),
    ]) {
      const { done, woken } = waiting();
      serveWorkers(one, (error) => faults.push(error.message))({
        bayes: 'fetch',
        tokens: new BigUint64Array([1n]),
        done,
      });
      expect(await woken.value).toBe('ok');
    }
    expect(faults).toEqual(['gone']);
  });
});

it('tells its messages from others', () => {
  expect(isBayesMessage({ bayes: 'fetch' })).toBe(true);
  for (const other of [null, 'bayes', { level: 'info', text: 'bayes' }])
    expect(isBayesMessage(other)).toBe(false);
});

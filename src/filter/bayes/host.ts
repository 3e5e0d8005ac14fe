/** What the main thread does for the workers: it alone writes the table and talks to a state. */
import type { Outcome } from './learn.ts';
import type { LearnRequest } from './record.ts';

/** Keeps what was learned: in files (`store.ts`) or in the state (`shared-store.ts`). */
export interface BayesHost {
  /** Of a `TokenCounts`, for the workers. */
  readonly memory: SharedArrayBuffer;
  /** Brings the counts of tokens into the memory; absent where all are there already. Rejects when it cannot. */
  fetch?(tokens: BigUint64Array): Promise<void>;
  /** Carries out requests, in order. Resolves when that is durable; rejects when it may not have been done. */
  learn(requests: readonly LearnRequest[]): Promise<Outcome[]>;
  /** Takes in what others asked to be learned, from now on. */
  start(): void;
  /** Waits for what is under way. */
  close(): Promise<void>;
}

/** What a worker asks of the main thread. */
export type BayesMessage =
  | { bayes: 'learn'; request: LearnRequest }
  | {
      bayes: 'fetch';
      tokens: BigUint64Array;
      /** An Int32: 0 until the tokens are there or could not be had; then it is notified. */
      done: SharedArrayBuffer;
    };

export const isBayesMessage = (message: unknown): message is BayesMessage =>
  typeof message === 'object' && message !== null && 'bayes' in message;

/** Requests of workers under way at once; what is learned by itself can be left out when there is no end of it. */
const MOST_LEARNING = 1000;

/** Serves workers; `failed` is told what went wrong. */
export function serveWorkers(
  host: BayesHost,
  failed: (error: Error) => void,
): (message: BayesMessage) => void {
  let learning = 0;
  return (message) => {
    if (message.bayes === 'learn') {
      if (learning >= MOST_LEARNING) return;
      learning++;
      void host
        .learn([message.request])
        .catch(failed)
        .finally(() => learning--);
      return;
    }
    const done = new Int32Array(message.done);
    void Promise.resolve(host.fetch?.(message.tokens))
      .catch(failed)
      .finally(() => {
        Atomics.store(done, 0, 1);
        Atomics.notify(done, 0);
      });
  };
}

/** The worker's side: asks the main thread, and does not wait for ever. */
import type { MessagePort } from 'node:worker_threads';
import type { FuzzyKeeper } from '../fuzzy/scan.ts';
import type { ReputationKeeper } from '../reputation/scan.ts';
import type { Inquiries, RecallAnswer, RecallMessage } from './types.ts';

/** Who is asked during a scan; each part is absent where nothing is remembered. */
export interface Recall {
  readonly fuzzy?: FuzzyKeeper;
  readonly reputation?: ReputationKeeper;
}

export interface RecallTimeouts {
  /** Milliseconds to wait. */
  fuzzy: number;
  reputation: number;
}

/** Asks by a channel whose other end `serveRecall` has. `memory` is absent where nothing is compared. */
export function recallBy(
  port: MessagePort,
  parts: { fuzzyMemory: SharedArrayBuffer | undefined; reputation: boolean },
  timeouts: RecallTimeouts,
): Recall {
  const waiting = new Map<number, (answer: unknown) => void>();
  let asked = 0;
  port.on('message', ({ id, answer }: RecallAnswer) => waiting.get(id)?.(answer));
  // It must not keep the thread from ending.
  port.unref();
  const send = (message: RecallMessage): void => {
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread's port, not a window
    port.postMessage(message);
  };
  const answerTo = async <K extends keyof Inquiries>(
    make: (id: number) => RecallMessage,
    timeout: number,
  ): Promise<Inquiries[K]['answer'] | undefined> => {
    const id = ++asked;
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const timer = setTimeout(() => resolve(undefined), timeout);
    waiting.set(id, resolve);
    try {
      send(make(id));
      return (await promise) as Inquiries[K]['answer'] | undefined;
    } finally {
      clearTimeout(timer);
      waiting.delete(id);
    }
  };
  return {
    ...(parts.fuzzyMemory !== undefined && {
      fuzzy: {
        memory: parts.fuzzyMemory,
        find: (question) => answerTo<'copies'>((id) => ({ id, ask: 'copies', question }), timeouts.fuzzy),
        learn: (report) => send({ tell: 'learn', report }),
      },
    }),
    ...(parts.reputation && {
      reputation: {
        look: (question) =>
          answerTo<'standings'>((id) => ({ id, ask: 'standings', question }), timeouts.reputation),
        add: (report) => send({ tell: 'experience', report }),
      },
    }),
  };
}

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Answers, FilesAnswered, FilesAsked } from './take-in-thread.ts';

/** Threads at most: with four the insertion of what they have read is what takes the time. */
const MAX_THREADS = 4;
/** Milliseconds after which a thread with nothing to do ends: the next large mailbox may come at once, or never. */
const IDLE = 10_000;
/** One message of the largest size, decoded, several times over. */
const HEAP_MEGABYTES = 1024;

type Files = readonly (Answers[keyof Answers] | undefined)[];

interface Waiting {
  readonly resolve: (files: Files) => void;
  readonly reject: (error: Error) => void;
}

interface Thread {
  readonly worker: Worker;
  readonly waiting: Map<number, Waiting>;
}

/** Threads that look at files of other programs' mail and read them, for all accounts of a store; started when needed. */
export class TakeInThreads {
  /** Lists of files that keep all threads busy. */
  readonly width = 2 * Math.min(MAX_THREADS, availableParallelism());
  readonly #threads = new Set<Thread>();
  #idle: NodeJS.Timeout | undefined;
  #last = 0;

  /** What the index wants to know of each file; undefined for one that is no message. Rejects when one cannot be read. */
  async ask<K extends keyof Answers>(
    kind: K,
    paths: readonly string[],
    maxBytes: number,
  ): Promise<readonly (Answers[K] | undefined)[]> {
    clearTimeout(this.#idle);
    const thread = this.#thread();
    const id = ++this.#last;
    try {
      const files = await new Promise<Files>((resolve, reject) => {
        thread.waiting.set(id, { resolve, reject });
        thread.worker.ref();
        const asked: FilesAsked = { id, kind, paths, maxBytes };
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
        thread.worker.postMessage(asked);
      });
      // The kind says which: the compiler cannot follow that.
      return files as readonly (Answers[K] | undefined)[];
    } finally {
      thread.waiting.delete(id);
      if (thread.waiting.size === 0) thread.worker.unref();
      if ([...this.#threads].every(({ waiting }) => waiting.size === 0))
        this.#idle = setTimeout(() => void this.close(), IDLE).unref();
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.#idle);
    const threads = [...this.#threads];
    this.#threads.clear();
    await Promise.all(threads.map(({ worker }) => worker.terminate()));
  }

  /** The one with the least to do; one more while each has something. */
  #thread(): Thread {
    const [least] = [...this.#threads].sort((one, other) => one.waiting.size - other.waiting.size);
    const enough = this.#threads.size >= this.width / 2;
    if (least !== undefined && (least.waiting.size === 0 || enough)) return least;
    const name = import.meta.url.endsWith('.ts') ? './take-in-thread.ts' : './take-in-thread.js';
    const worker = new Worker(new URL(name, import.meta.url), {
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MEGABYTES },
    });
    const thread: Thread = { worker, waiting: new Map() };
    worker.on('message', (answered: FilesAnswered) => {
      const waiting = thread.waiting.get(answered.id);
      if ('error' in answered) waiting?.reject(new Error(answered.error));
      else waiting?.resolve(answered.files);
    });
    const failed = (error: Error): void => {
      this.#threads.delete(thread);
      for (const waiting of thread.waiting.values()) waiting.reject(error);
    };
    worker.on('error', failed);
    worker.on('exit', () => failed(new Error('the thread has ended')));
    this.#threads.add(thread);
    return thread;
  }
}

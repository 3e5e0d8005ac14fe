import { Worker } from 'node:worker_threads';
import type { Answered, Asked, Kind, Requests } from './requests.ts';
import type { ThreadRole } from './thread.ts';

/** Enough for the text of the largest message several times over; what needs more is not mail. */
const HEAP_MEGABYTES = 512;

/** The thread could not answer: it was too slow, ended, or its file is not usable. */
export class SearchFailure extends Error {
  readonly damaged: boolean;
  constructor(message: string, damaged = false) {
    super(message);
    this.damaged = damaged;
  }
}

interface Waiting {
  readonly resolve: (answer: Requests[Kind]['answer']) => void;
  readonly reject: (error: SearchFailure) => void;
}

/** One search thread, started when it is asked something and ended when it had nothing to do for a while. */
export class SearchThread {
  readonly #idleMilliseconds: number;
  #worker: Worker | undefined;
  readonly #waiting = new Map<number, Waiting>();
  #idle: NodeJS.Timeout | undefined;
  #last = 0;

  readonly #role: ThreadRole;

  constructor(idle: number, role: ThreadRole) {
    this.#role = role;
    this.#idleMilliseconds = idle * 1000;
  }

  /** Questions that are not answered yet. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Rejects with a {@link SearchFailure} only. `milliseconds`: how long it may take before the thread is killed. */
  async ask<K extends Kind>(
    kind: K,
    file: string,
    ask: Requests[K]['ask'],
    milliseconds?: number,
  ): Promise<Requests[K]['answer']> {
    const worker = this.#start();
    const id = ++this.#last;
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<Requests[K]['answer']>((resolve, reject) => {
        this.#waiting.set(id, { resolve, reject });
        if (milliseconds !== undefined)
          timer = setTimeout(
            () => this.#fail(worker, `no answer in ${milliseconds} ms`),
            milliseconds,
          ).unref();
        const asked: Asked = { id, kind, file, ask };
        // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
        worker.postMessage(asked);
      });
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
      if (this.#waiting.size === 0 && this.#worker !== undefined) {
        this.#worker.unref();
        this.#idle = setTimeout(() => void this.close(), this.#idleMilliseconds).unref();
      }
    }
  }

  /** Ends the thread in order; it is started again when it is asked again. */
  async close(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    clearTimeout(this.#idle);
    if (worker === undefined) return;
    const gone = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    worker.ref();
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
    worker.postMessage('leave');
    await gone;
  }

  #start(): Worker {
    clearTimeout(this.#idle);
    if (this.#worker !== undefined) {
      this.#worker.ref();
      return this.#worker;
    }
    const name = import.meta.url.endsWith('.ts') ? './thread.ts' : './thread.js';
    const worker = new Worker(new URL(name, import.meta.url), {
      workerData: this.#role,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MEGABYTES },
    });
    worker.on('message', (answered: Answered) => {
      const waiting = this.#waiting.get(answered.id);
      if ('error' in answered) waiting?.reject(new SearchFailure(answered.error, answered.damaged));
      else waiting?.resolve(answered.answer);
    });
    worker.on('error', (error) => this.#fail(worker, String(error)));
    worker.on('exit', () => this.#fail(worker, 'the thread has ended'));
    this.#worker = worker;
    return worker;
  }

  #fail(worker: Worker, reason: string): void {
    void worker.terminate();
    if (worker !== this.#worker) return;
    this.#worker = undefined;
    for (const waiting of this.#waiting.values()) waiting.reject(new SearchFailure(reason));
  }
}

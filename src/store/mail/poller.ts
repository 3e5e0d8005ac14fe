import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Log } from '../../log.ts';

/** Looks after which the event loop goes round: less than a millisecond. */
const TURN = 32;
/** Share of the time that looks may take which find nothing: what a slow disk does not allow for waits for the next interval. */
const SHARE = 1 / 16;

/** Something that is looked at while somebody watches it. */
export interface Watched {
  /** Looks whether other processes or programs have changed it, and tells those who watch. */
  poll(): Promise<void>;
}

/**
 * Looks at what is watched, one after another, so many in each interval: the more there are, the later each is seen. Those
 * that are not reached are the first in the next interval.
 */
export class Poller {
  readonly #watched = new Map<Watched, number>();
  readonly #interval: number;
  readonly #count: number;
  readonly #log: Log;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> = Promise.resolve();
  #closed = false;

  constructor(interval: number, count: number, log: Log) {
    this.#interval = interval;
    this.#count = count;
    this.#log = log;
  }

  add(watched: Watched): void {
    this.#watched.set(watched, (this.#watched.get(watched) ?? 0) + 1);
    this.#start();
  }

  remove(watched: Watched): void {
    const left = (this.#watched.get(watched) ?? 1) - 1;
    if (left === 0) this.#watched.delete(watched);
    else this.#watched.set(watched, left);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  #start(): void {
    if (this.#closed || this.#timer !== undefined || this.#watched.size === 0) return;
    this.#timer = setTimeout(() => {
      this.#running = this.#look().finally(() => {
        this.#timer = undefined;
        this.#start();
      });
    }, this.#interval).unref();
  }

  async #look(): Promise<void> {
    let left = this.#interval * SHARE;
    for (const [at, [watched, count]] of [...this.#watched].slice(0, this.#count).entries()) {
      // A look that finds nothing waits for nothing: others get their turn all the same.
      if (at % TURN === TURN - 1) await nextTurn();
      if (left <= 0) return;
      const start = performance.now();
      try {
        const looked = watched.poll();
        left -= performance.now() - start;
        await looked;
      } catch (err) {
        this.#log.debug({ err }, 'what is watched cannot be looked at');
      }
      // To the end of the row, unless nobody watches it any more.
      const now = this.#watched.get(watched);
      if (this.#watched.delete(watched)) this.#watched.set(watched, now ?? count);
    }
  }
}

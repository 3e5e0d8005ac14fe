import { close, constants, fdatasync, openSync } from 'node:fs';

/**
 * Makes what SQLite has written to a write-ahead log durable, off the main thread. A transaction that is in the log and
 * synced is what `PRAGMA synchronous = FULL` makes of it within COMMIT, where all other users would wait for the disk.
 * SQLite takes no locks on the log, so that a descriptor of our own does not end one.
 */
export class WalSync {
  readonly #file: number;
  #running: Promise<void> | undefined;
  /** Begins when the one that runs has ended: for what was committed since that began. */
  #next: Promise<void> | undefined;
  #closed = false;

  constructor(path: string) {
    this.#file = openSync(`${path}-wal`, constants.O_RDONLY | constants.O_NOFOLLOW);
  }

  /** Resolves when all that was committed before the call is on the disk; those who wait at the same time share one call. */
  sync(): Promise<void> {
    if (this.#running === undefined) return this.#start();
    const start = (): Promise<void> => {
      this.#next = undefined;
      return this.#start();
    };
    this.#next ??= this.#running.then(start, start);
    return this.#next;
  }

  /** What {@link sync} would wait for without writing anything; undefined when all is on the disk. */
  get pending(): Promise<void> | undefined {
    return this.#next ?? this.#running;
  }

  /** Those under way are ended before. */
  close(): void {
    this.#closed = true;
    this.#closeWhenIdle();
  }

  #start(): Promise<void> {
    const running = new Promise<void>((resolve, reject) => {
      fdatasync(this.#file, (error) => {
        if (error === null) resolve();
        else reject(error);
      });
    }).finally(() => {
      this.#running = undefined;
      // What waits for this one begins in a turn of its own.
      setImmediate(() => this.#closeWhenIdle());
    });
    this.#running = running;
    return running;
  }

  #closeWhenIdle(): void {
    if (!this.#closed || this.pending !== undefined) return;
    this.#closed = false;
    close(this.#file, () => undefined);
  }
}

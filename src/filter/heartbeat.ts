/**
 * Tells from outside whether a worker is busy with one thing: while it has messages in hand it notes the time, again
 * and again, in memory both threads see. A worker that computes for long does not get to it.
 */

/** Milliseconds between two beats. */
const INTERVAL = 50;
/** Milliseconds without a beat after which a worker counts as stuck: a common scan takes 3, so it is not just busy. */
const STALE = 250;

/** What the memory holds: the time of the last beat, and the rule that runs. */
const BEAT = 0;
const RULE = 1;

/** The clock both threads share, in milliseconds, as 32 bits. */
const clock = (): number => Date.now() | 0;

/** The worker's side. */
export class Heart {
  private readonly beat: Int32Array;
  private inHand = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(memory: SharedArrayBuffer) {
    this.beat = new Int32Array(memory);
  }

  /** A rule is about to run (its number, counted from 1), or none any more (0). */
  markRule(rule: number): void {
    this.beat[RULE] = rule;
  }

  /** Beats while `work` is under way. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    const note = () => Atomics.store(this.beat, BEAT, clock());
    note();
    if (this.inHand++ === 0) this.timer = setInterval(note, INTERVAL);
    try {
      return await work();
    } finally {
      if (--this.inHand === 0) clearInterval(this.timer);
      note();
    }
  }
}

/** The pool's side. */
export class Pulse {
  readonly memory = new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT);
  private readonly beat = new Int32Array(this.memory);
  private given = clock();

  /** A message was handed over: it takes a moment until the worker notices. */
  restart(): void {
    this.given = clock();
  }

  /** Number of the rule that runs, counted from 1; 0 when none does. */
  get runningRule(): number {
    return this.beat[RULE] ?? 0;
  }

  /** Whether the worker, which has messages in hand, has not looked up for long. */
  get isStuck(): boolean {
    const now = clock();
    // Differences in 32 bits are right across the wrap.
    return ((now - Atomics.load(this.beat, BEAT)) | 0) > STALE && ((now - this.given) | 0) > STALE;
  }
}

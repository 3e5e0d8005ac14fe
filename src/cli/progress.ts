import type { Io } from './io.ts';

/** Redraws at most this often (ms): a terminal is slower than a scan. */
const REDRAW = 100;
const WIDTH = 28;

/** A progress bar on standard error; draws nothing where that is no terminal. */
export class Progress {
  readonly #io: Io;
  readonly #total: number | undefined;
  readonly #label: string;
  readonly #start = performance.now();
  #done = 0;
  /** When it was drawn last; the first advance draws, however young the process is. */
  #drawn = Number.NEGATIVE_INFINITY;
  #shown = false;

  /** `total` is undefined when it is not known (standard input, an mbox being read). */
  constructor(io: Io, label: string, total: number | undefined) {
    this.#io = io;
    this.#label = label;
    this.#total = total;
  }

  advance(by = 1): void {
    this.#done += by;
    const now = performance.now();
    if (!this.#io.interactive || now - this.#drawn < REDRAW) return;
    this.#drawn = now;
    this.#shown = true;
    this.#io.stderr(`\r${this.#line(now)}\u001B[K`);
  }

  /** Clears the line, so that what is printed next starts on a clean one; a later `advance` draws it again. */
  clear(): void {
    if (this.#shown) this.#io.stderr('\r\u001B[K');
    this.#shown = false;
  }

  #line(now: number): string {
    const seconds = (now - this.#start) / 1000;
    const rate = this.#done / Math.max(seconds, 0.001);
    if (this.#total === undefined) return `${this.#label} ${this.#done}  ${rate.toFixed(0)}/s`;
    const share = this.#total === 0 ? 1 : this.#done / this.#total;
    const filled = Math.round(share * WIDTH);
    const bar = '#'.repeat(filled) + '-'.repeat(WIDTH - filled);
    const left = rate > 0 ? Math.ceil((this.#total - this.#done) / rate) : 0;
    return `${this.#label} [${bar}] ${this.#done}/${this.#total}  ${rate.toFixed(0)}/s  ${left} s left`;
  }
}

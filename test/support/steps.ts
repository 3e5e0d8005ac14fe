import { type Profiler, Session } from 'node:inspector/promises';
import { setFlagsFromString } from 'node:v8';

/**
 * Counts what the code of `src/` does, in characters of source that were run through: a measure of work that is the same
 * on each run and on each machine, however much else runs there. What native code does (a search in a string, a regular
 * expression, SQLite) is not in it; only its processor time tells of that.
 */
export class StepCounter {
  readonly #session = new Session();

  /** Of this thread, from now on. Functions that are put into others by the optimizer would not be counted. */
  static async start(): Promise<StepCounter> {
    setFlagsFromString('--no-opt');
    setFlagsFromString('--no-maglev');
    const counter = new StepCounter();
    counter.#session.connect();
    await counter.#session.post('Profiler.enable');
    await counter.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
    return counter;
  }

  /** Steps since it was asked last. */
  async taken(): Promise<number> {
    const { result } = await this.#session.post('Profiler.takePreciseCoverage');
    let steps = 0;
    for (const { url, functions } of result)
      if (url.includes('/src/') && !url.includes('/node_modules/'))
        for (const { ranges } of functions) steps += charactersRun(ranges);
    return steps;
  }

  stop(): void {
    this.#session.disconnect();
  }
}

/**
 * Each range, the outer before those in it, says how often its characters were run that are in none of its own. Ranges
 * that ran as often as what is around them are left out by V8: characters count the same then, ranges would not.
 */
function charactersRun(ranges: readonly Profiler.CoverageRange[]): number {
  let run = 0;
  const around: Profiler.CoverageRange[] = [];
  for (const range of ranges) {
    while ((around.at(-1)?.endOffset ?? Infinity) <= range.startOffset) around.pop();
    run += (range.count - (around.at(-1)?.count ?? 0)) * (range.endOffset - range.startOffset);
    around.push(range);
  }
  return run;
}

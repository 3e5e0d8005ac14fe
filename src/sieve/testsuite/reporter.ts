import type { TraceLine } from '../types.ts';
import type { Failure, TestReport } from './report.ts';

/** How many lines of the trace a failure shows. */
const SHOWN_VALUES = 4;

/** Counts what passed and what failed. */
export class Reporter {
  readonly tests: TestReport[] = [];
  readonly printed: string[] = [];
  #current: { name: string; line: number; failures: Failure[] } | undefined;
  /** Failures outside of all tests. */
  #outside: Failure[] = [];

  begin(name: string, line: number): void {
    this.end();
    this.#current = { name, line, failures: [] };
  }

  end(): void {
    const test = this.#current;
    if (test !== undefined)
      this.tests.push({ ...test, outcome: test.failures.length === 0 ? 'passed' : 'failed' });
    this.#current = undefined;
  }

  /** `trace` is what the tests of the language have told since the last failure. */
  fail(trace: TraceLine[], { line, reason }: { line: number; reason: string }): void {
    const values = trace
      .filter(({ text }) => /: (?:true|false)$/.test(text))
      .map((told) => `line ${told.line}: ${told.text}`);
    trace.length = 0;
    (this.#current?.failures ?? this.#outside).push({ line, reason, values: values.slice(-SHOWN_VALUES) });
  }

  print(lines: readonly string[]): void {
    this.printed.push(...lines);
  }

  /** All tests, and one without a name for what failed outside of them. */
  finish(): readonly TestReport[] {
    this.end();
    const [first] = this.#outside;
    if (first !== undefined)
      this.tests.push({ name: '', line: first.line, outcome: 'failed', failures: this.#outside });
    return this.tests;
  }
}

/** What went wrong in one test. */
export interface Failure {
  /** In the file of tests. */
  readonly line: number;
  readonly reason: string;
  /** What the last tests of the language compared, and found. */
  readonly values: readonly string[];
}

export interface TestReport {
  readonly name: string;
  readonly line: number;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  readonly failures: readonly Failure[];
  /** Why it was skipped. */
  readonly reason?: string;
}

/** What became of a file of tests. */
export interface FileReport {
  /** In the order of the file. What failed outside of all tests is the report of one without a name. */
  readonly tests: readonly TestReport[];
  /** What the file printed. */
  readonly printed: readonly string[];
}

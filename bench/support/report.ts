/** What a bench prints: one JSON object with `--json`, else a line for a person. */
export interface Figure {
  /** What was measured, e.g. `scan`. */
  bench: string;
  /** The program: `tamis` or the name of a peer. */
  program: string;
  messages: number;
  /** Mean size of a message, in bytes. */
  bytes: number;
  /** CPU milliseconds a message, of all processes and threads of the program. */
  cpu: number;
  /** Messages a second, with all workers. */
  throughput: number;
  /** Resident megabytes of the program at the end. */
  memory: number;
  /** Version of a peer. */
  version?: string;
}

export function report(figure: Figure): void {
  if (process.argv.includes('--json')) console.log(JSON.stringify(figure));
  else
    console.log(
      `${figure.program} ${figure.bench}: ${figure.cpu.toFixed(2)} ms CPU a message, ` +
        `${figure.throughput.toFixed(0)} messages a second, ${figure.memory.toFixed(0)} MB ` +
        `(${figure.messages} messages of ${(figure.bytes / 1024).toFixed(1)} KB)`,
    );
}

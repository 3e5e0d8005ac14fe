import { formatDiagnostic } from '../../sieve/index.ts';
import type { SieveDiagnostic } from '../../sieve/types.ts';
import { paint } from '../io.ts';
import type { SieveIo } from './read.ts';

/** Prints what is wrong with a script, each with its line and a caret. */
export function printDiagnostics(
  name: string,
  diagnostics: readonly SieveDiagnostic[],
  source: Uint8Array,
  io: SieveIo,
): void {
  const text = new TextDecoder().decode(source);
  for (const diagnostic of diagnostics) {
    const [head = '', ...place] = formatDiagnostic(name, diagnostic, text).split('\n');
    const color = diagnostic.severity === 'error' ? 'red' : 'yellow';
    io.stderr(`${[paint(io, color, head), ...place].join('\n')}\n`);
  }
}

/** `2 errors, 1 warning`. */
export function countDiagnostics(diagnostics: readonly SieveDiagnostic[]): string {
  const count = (severity: SieveDiagnostic['severity']): number =>
    diagnostics.filter((diagnostic) => diagnostic.severity === severity).length;
  const words: string[] = [];
  for (const severity of ['error', 'warning'] as const) {
    const number = count(severity);
    if (number > 0) words.push(`${number} ${severity}${number === 1 ? '' : 's'}`);
  }
  return words.join(', ');
}

import { styleText } from 'node:util';

/** Where a command writes: handed in, so that a test reads what a person would. */
export interface Io {
  stdout(text: string): void;
  stderr(text: string): void;
  /** Whether standard output is a terminal that shows colours (NO_COLOR obeyed). */
  readonly color: boolean;
  /** Whether standard error is a terminal: progress is drawn only there. */
  readonly interactive: boolean;
}

/** Exit codes of every command: a contract with scripts. */
export const EXIT = { ok: 0, input: 1, usage: 2 } as const;

/** The process's own streams. */
export function processIo(): Io {
  const color = process.stdout.isTTY && (process.env['NO_COLOR'] ?? '') === '';
  return {
    stdout: (text) => void process.stdout.write(text),
    stderr: (text) => void process.stderr.write(text),
    color,
    interactive: process.stderr.isTTY,
  };
}

type Style = Parameters<typeof styleText>[0];

/** Text in a colour or weight, where the terminal shows them. */
export function paint(io: Pick<Io, 'color'>, style: Style, text: string): string {
  return io.color ? styleText(style, text, { validateStream: false }) : text;
}

/** Columns padded to the widest cell; numbers to the right. No line ends in blanks. */
export function table(rows: readonly (readonly (string | number)[])[]): string {
  const widths: number[] = [];
  for (const row of rows)
    for (const [column, cell] of row.entries())
      widths[column] = Math.max(widths[column] ?? 0, String(cell).length);
  return rows
    .map((row) =>
      row
        .map((cell, column) => {
          const width = widths[column] ?? 0;
          return typeof cell === 'number' ? String(cell).padStart(width) : cell.padEnd(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** For an option that may be given several times (`--rcpt a --rcpt b`): collects its values. */
export function repeated(value: string, before: string[] | undefined): string[] {
  return [...(before ?? []), value];
}

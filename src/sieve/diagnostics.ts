import type { Position } from './ast.ts';
import type { SieveDiagnostic } from './types.ts';

/** Gathers what is wrong with one script. */
export class Diagnostics {
  readonly #text: string;
  readonly #limit: number;
  /** With the place they are put in order by. */
  readonly #list: { readonly line: number; readonly column: number; readonly diagnostic: SieveDiagnostic }[] =
    [];
  #errors = 0;
  /** As many errors as may be reported at the moment. */
  #most = Number.POSITIVE_INFINITY;

  /** `text` is the script, `limit` how many are kept. */
  constructor(text: string, limit: number) {
    this.#text = text;
    this.#limit = limit;
  }

  get errors(): number {
    return this.#errors;
  }

  /** No more are kept: time to give up. */
  get full(): boolean {
    return this.#list.length >= this.#limit;
  }

  /**
   * From here on only the next error is reported, when not all are wanted: one fault of a command is enough. Returns what
   * {@link Diagnostics.widen} takes to undo that.
   */
  narrow(all: boolean): number {
    const most = this.#most;
    if (!all) this.#most = Math.min(most, this.#errors + 1);
    return most;
  }

  widen(most: number): void {
    this.#most = most;
  }

  error(at: Position, text: string): void {
    if (this.#errors >= this.#most) return;
    this.#errors++;
    this.#add('error', at, text);
  }

  warning(at: Position, text: string): void {
    this.#add('warning', at, text);
  }

  /** Takes over what is wrong with another script, which is included at `at`. */
  adopt(at: Position, script: string, diagnostic: SieveDiagnostic): void {
    if (diagnostic.severity === 'error') this.#errors++;
    if (this.full) return;
    this.#list.push({ ...this.#place(at), diagnostic: { script, ...diagnostic } });
  }

  #add(severity: SieveDiagnostic['severity'], at: Position, text: string): void {
    if (this.full) return;
    const place = this.#place(at);
    this.#list.push({ ...place, diagnostic: { severity, ...place, text } });
  }

  #place({ line, offset }: Position): { line: number; column: number } {
    return { line, column: columnOf(this.#text, offset) };
  }

  /** In the order of the script; those of included scripts where they are included. */
  sorted(): SieveDiagnostic[] {
    return [...this.#list]
      .sort((a, b) => a.line - b.line || a.column - b.column)
      .map(({ diagnostic }) => diagnostic);
  }
}

/** Characters (code points) from the beginning of the line, plus one. */
function columnOf(text: string, offset: number): number {
  const start = offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1;
  let column = 1;
  for (let at = start; at < offset; at++) {
    const unit = text.charCodeAt(at);
    // The second half of a surrogate pair is no character of its own.
    if (unit < 0xdc00 || unit > 0xdfff) column++;
  }
  return column;
}

/** As much of a line as fits a terminal; the caret is kept in view. */
const SHOWN_COLUMNS = 100;

/**
 * `name: line N: error: text`, the form that ManageSieve clients parse. With the script's `source`, the line in
 * question and a caret below it follow on lines of their own.
 */
export function formatDiagnostic(name: string, diagnostic: SieveDiagnostic, source?: string): string {
  const { script } = diagnostic;
  const head = `${script ?? name}: line ${diagnostic.line}: ${diagnostic.severity}: ${diagnostic.text}`;
  // The source is not that of an included script.
  const line = script === undefined ? source?.split('\n', diagnostic.line)[diagnostic.line - 1] : undefined;
  if (line === undefined) return head;
  const characters = Array.from(line.replace(/\r$/, ''));
  const from =
    characters.length <= SHOWN_COLUMNS ? 0 : Math.max(0, diagnostic.column - 1 - SHOWN_COLUMNS / 2);
  const shown = characters
    .slice(from, from + SHOWN_COLUMNS)
    .map((character) => (character === '\t' ? ' ' : printable(character)))
    .join('');
  return `${head}\n  ${shown}\n  ${' '.repeat(diagnostic.column - 1 - from)}^`;
}

/** A script may hold what would move the cursor of a terminal. */
function printable(character: string): string {
  return /\p{Cc}|\p{Cf}/u.test(character) ? '\ufffd' : character;
}

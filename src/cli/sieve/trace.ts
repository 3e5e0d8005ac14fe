import type { TraceLine } from '../../sieve/types.ts';
import { paint, type Io } from '../io.ts';

/** As much of a source line as is shown. */
const SHOWN_COLUMNS = 110;
/** Width of `true`, `false` and the arrow of an action, so that what follows is aligned. */
const MARK = 5;

/**
 * The trace of a run for a person: each line of the script that did something, with its number, and below it what its
 * tests compared and found, and what was decided.
 *
 * ```
 *   4 | if allof (header :contains "subject" "invoice",
 *     |   true   header :contains: "Your invoice" against "invoice"
 *   5 |           size :over 1M) {
 *     |   false  size :over 1048576: 2340
 * ```
 */
export function traceText(trace: readonly TraceLine[], source: Uint8Array, io: Pick<Io, 'color'>): string {
  const lines = new TextDecoder().decode(source).split('\n');
  const width = Math.max(3, ...trace.map(({ line }) => String(line).length));
  const margin = paint(io, 'dim', `${' '.repeat(width + 2)}|`);
  let shown = -1;
  let text = '';
  for (const entry of trace) {
    if (entry.line !== shown) {
      shown = entry.line;
      if (shown === 0) text += `${margin} ${paint(io, 'dim', '(end of the script)')}\n`;
      else {
        const head = paint(io, 'dim', `${String(shown).padStart(width + 1)} |`);
        text += `${head} ${paint(io, 'bold', sourceLine(lines[shown - 1]))}\n`;
      }
    }
    text += `${margin}   ${entryText(entry, io)}\n`;
  }
  return text;
}

function entryText({ text, truth }: TraceLine, io: Pick<Io, 'color'>): string {
  if (truth === undefined) {
    const fault = text.startsWith('error: ');
    return `${paint(io, fault ? 'red' : 'cyan', (fault ? '!' : '->').padEnd(MARK))}  ${printable(text)}`;
  }
  const outcome = String(truth);
  // The outcome stands in front here, where a reader's eye runs down.
  const end = `: ${outcome}`;
  const rest = text.endsWith(end) ? text.slice(0, -end.length) : text;
  return `${paint(io, truth ? 'green' : 'yellow', outcome.padEnd(MARK))}  ${printable(rest)}`;
}

function sourceLine(line = ''): string {
  const characters = Array.from(line.replace(/\r$/, '').replaceAll('\t', '  '));
  const cut = characters.length > SHOWN_COLUMNS;
  return printable(`${characters.slice(0, SHOWN_COLUMNS).join('')}${cut ? '…' : ''}`).trimEnd();
}

/** Scripts and mails may hold what would move the cursor of a terminal. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '\ufffd');
}

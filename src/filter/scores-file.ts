/**
 * Reads a file of scores: lines `score SYMBOL NUMBER`, as rule files have them, with comments behind `#`. The shipped
 * `rules/scores` is one, made by `tamis scores fit`; it scores the symbols of checks and composites as well as rules.
 */

export interface ScoresFile {
  /** By symbol; a later line goes before an earlier one. */
  readonly scores: Readonly<Record<string, number>>;
  readonly faults: readonly { line: number; text: string }[];
}

const LINE = /^score\s+([A-Z_][A-Z0-9_]{0,79})\s+(-?\d+(?:\.\d+)?)$/i;
/** What the configuration allows too; more is a slip of the keyboard. */
const MAX_SCORE = 1000;

/** Never throws: a line that is none is a fault and left out. */
export function parseScores(text: string): ScoresFile {
  const scores: Record<string, number> = {};
  const faults: { line: number; text: string }[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const plain = line.replace(/#.*$/, '').trim();
    if (plain === '') continue;
    const match = LINE.exec(plain);
    const score = Number(match?.[2]);
    if (match?.[1] === undefined || !(Math.abs(score) <= MAX_SCORE))
      faults.push({ line: index + 1, text: `"${plain.slice(0, 80)}" is no "score SYMBOL NUMBER"` });
    else scores[match[1]] = score;
  }
  return { scores, faults };
}

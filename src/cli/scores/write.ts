import type { FittedScore } from './fit.ts';

/** What a file of scores says about how it was made. */
export interface Origin {
  readonly ham: number;
  readonly spam: number;
  readonly required: number;
  /** The options it was made with, to be repeated. */
  readonly command: string;
  /** What came of it, a line each. */
  readonly results: readonly string[];
}

/** The text of `rules/scores`: a line a symbol, the strongest first, what the data said of it behind the `#`. */
export function scoresText(scores: readonly FittedScore[], origin: Origin): string {
  const share = (count: number, of: number): string => `${((100 * count) / Math.max(of, 1)).toFixed(2)} %`;
  const lines = scores
    .filter(({ score, before }) => score !== 0 || before !== 0)
    .toSorted((one, other) => other.score - one.score || (one.symbol < other.symbol ? -1 : 1))
    .map(({ symbol, score, before, ham, spam, lift, fitted }) =>
      [
        `${fitted ? 'score' : '#'} ${symbol.padEnd(fitted ? 36 : 40)}`,
        score.toFixed(2).padStart(6),
        '  #',
        share(ham, origin.ham).padStart(9),
        share(spam, origin.spam).padStart(9),
        lift.toFixed(2).padStart(9),
        fitted ? `   was ${before.toFixed(2)}` : '   not fitted',
      ].join(''),
    );
  return [
    '# Scores of symbols: checks, composites and rules. Made by',
    `#   ${origin.command}`,
    `# from ${origin.ham} verdicts on ham and ${origin.spam} on spam (docs/eval.md); ${origin.required} points are spam.`,
    ...origin.results.map((result) => `# ${result}`),
    '# A line here goes before the score of a rule or check itself; filter.scores and rule files of the site go before it.',
    '#',
    `# ${'symbol'.padEnd(40)}score       ham     spam     lift`,
    ...lines,
    '',
  ].join('\n');
}

import type { Verdict } from '../filter/types.ts';
import { paint, table, type Io } from './io.ts';

/** One line of `tamis scan --json`. The member names are a contract with scripts. */
export function verdictJson(file: string, verdict: Verdict): object {
  return {
    file,
    action: verdict.action,
    spam: verdict.spam,
    score: round(verdict.score),
    required: verdict.required,
    symbols: verdict.hits.map(({ symbol, score, detail, where }) => ({
      symbol,
      score: round(score),
      detail,
      where,
    })),
    authentication_results: verdict.authenticationResults,
    cpu_ms: round(verdict.cpu),
    elapsed_ms: round(verdict.elapsed),
  };
}

/** The same for a person: the decision, a table of symbols by weight, and the authentication results. */
export function verdictText(
  file: string,
  verdict: Verdict,
  io: Pick<Io, 'color'>,
  separate: boolean,
): string {
  const score = `${verdict.score.toFixed(2)} / ${verdict.required.toFixed(2)}`;
  const head = `${paint(io, 'bold', file)}: ${paint(io, verdict.spam ? 'red' : 'green', verdict.action)} ${score}`;
  const rows = verdict.hits
    .toSorted(
      (one, other) => Math.abs(other.score) - Math.abs(one.score) || (one.symbol < other.symbol ? -1 : 1),
    )
    .map(({ symbol, score: points, detail }) => [`  ${points.toFixed(2).padStart(7)}`, symbol, detail ?? '']);
  const results = `  Authentication-Results: ${verdict.authenticationResults.replaceAll('\n', '\n  ')}`;
  return `${separate ? '\n' : ''}${[head, ...(rows.length > 0 ? [table(rows)] : []), results].join('\n')}\n`;
}

const round = (value: number): number => Math.round(value * 1000) / 1000;

import type { OutcomeLine } from '../eval/outcomes-file.ts';
import { lift } from '../eval/measure/symbols.ts';
import { fitBounded, type Column } from './logistic.ts';

export interface FitSettings {
  /** Score from which a message is spam. */
  readonly required: number;
  /** Messages a symbol must have been given to; with fewer it keeps the score it has. */
  readonly leastHits: number;
  /** The most a symbol may score, and the least, unless it is in {@link judges}. */
  readonly maximum: number;
  /** How many times what its author gave it a symbol may score: he knew what it is, the corpus only what it did. */
  readonly growth: number;
  readonly minimum: number;
  /** Symbols that weigh a whole message (a classifier's), with the most each may score. */
  readonly judges: ReadonlyMap<string, number>;
  readonly judgeMinimum: number;
  /** What a judge's symbol scores at least, on its side of zero. */
  readonly judgeLeast: number;
  /** How much worse it is to lose ham than to miss spam. */
  readonly hamCost: number;
  /** Strength of what a symbol scores now, in messages. */
  readonly prior: number;
  /** Symbols that keep what their author gave them: what the corpus shows of them is how it was made. */
  readonly keep: ReadonlySet<string>;
  /** The share of ham that may be lost, by scores fitted without its source; see {@link stretchTo}. */
  readonly hamLost: number;
}

export const defaultFitSettings: FitSettings = {
  required: 6,
  // A sign seen ten times may be the sign of one campaign.
  leastHits: 15,
  // Two rules alone should not make spam of a message, and no oddity may be worth more than a classifier.
  maximum: 4,
  // Enough for a rule that does better than thought, too little to make a verdict of a matter of taste.
  growth: 3,
  // Whatever speaks for ham can be forged by whoever reads our rules.
  minimum: -1,
  judges: new Map(),
  judgeMinimum: -6,
  // What a site has taught must be able to save a message, and to lose it; 1, 2, 3 and 4 were measured.
  judgeLeast: 3,
  // One good letter in Junk is worse than ten bad ones in the Inbox. Of the costs tried (5 to 30) it parted mail of unseen
  // sources best; how much is lost in the end is set by {@link FitSettings.hamLost}.
  hamCost: 30,
  // A dozen hits do not overrule the author, a hundred do.
  prior: 10,
  keep: new Set(),
  // Of verdicts by classifiers and scores that have not seen the source; what a site has learned itself, it loses less of.
  // With 0.1 % modern commercial ham of unseen sources is lost a third less often, for three of a hundred of their spam
  // messages and one of those of known sources.
  hamLost: 0.0013,
};

/** What a symbol was worth and is worth now. */
export interface FittedScore {
  readonly symbol: string;
  readonly score: number;
  /** What it scored before. */
  readonly before: number;
  readonly ham: number;
  readonly spam: number;
  readonly lift: number;
  /** Whether the data decided, or it kept what it had. */
  readonly fitted: boolean;
}

/** Symbols with what they score today, taken from the hits: the score of a hit is that times its weight. */
export function currentScores(outcomes: readonly OutcomeLine[]): Map<string, number> {
  const scores = new Map<string, number>();
  for (const { hits } of outcomes)
    for (const { symbol, score, weight = 1 } of hits) {
      const whole = weight > 0 ? score / weight : 0;
      // A composite may have taken the score of a hit away: the largest is the symbol's own.
      if (Math.abs(whole) >= Math.abs(scores.get(symbol) ?? 0)) scores.set(symbol, whole);
    }
  return scores;
}

/**
 * Scores for the symbols of the outcomes, so that ham and spam lie on their sides of the threshold. A symbol keeps its
 * side of zero: what speaks for spam never becomes a sign of ham by the accident of a corpus, and what only reports (score
 * 0) stays out of it. Sources count by the root of their size, so that a large one does not drown the others.
 */
export function fitScores(outcomes: readonly OutcomeLine[], settings: FitSettings): FittedScore[] {
  const current = currentScores(outcomes);
  const weights = messageWeights(outcomes, settings.hamCost);
  const counts = countHits(outcomes);
  const ham = outcomes.filter(({ label }) => label === 'ham').length;
  const isFitted = (symbol: string): boolean => {
    const count = counts.get(symbol);
    return (
      (current.get(symbol) ?? 0) !== 0 &&
      !settings.keep.has(symbol) &&
      count !== undefined &&
      count.ham + count.spam >= settings.leastHits
    );
  };
  const symbols = [...counts.keys()].toSorted();
  const fitted = symbols.filter(isFitted);
  const coefficients = fitBounded({
    ...columnsOf(outcomes, fitted, current, settings),
    targets: outcomes.map(({ label }) => label === 'spam'),
    weights,
    threshold: settings.required,
    ridge: settings.prior,
  });
  const found = new Map(fitted.map((symbol, index) => [symbol, rounded(coefficients[index] ?? 0)]));
  return symbols.map((symbol) => {
    const before = rounded(current.get(symbol) ?? 0);
    const count = counts.get(symbol) ?? { ham: 0, spam: 0 };
    return {
      symbol,
      score: found.get(symbol) ?? before,
      before,
      ...count,
      lift: lift(count, ham, outcomes.length - ham),
      fitted: found.has(symbol),
    };
  });
}

/** Score of a message under fitted scores; a symbol that is not among them counts what it does now. */
export function scoreWith({ hits }: OutcomeLine, scores: ReadonlyMap<string, number>): number {
  return hits.reduce((sum, hit) => {
    const fitted = scores.get(hit.symbol);
    return sum + (fitted === undefined ? hit.score : fitted * effect(hit));
  }, 0);
}

/**
 * All fitted scores times `factor`, so that the threshold they were fitted for lies elsewhere among the same messages.
 */
export function stretchTo(fitted: readonly FittedScore[], factor: number): FittedScore[] {
  return fitted.map((one) => (one.fitted ? { ...one, score: rounded(one.score * factor) } : one));
}

/** The part of a symbol's score that a hit has: none where a composite took it away. */
function effect({ score, weight = 1 }: OutcomeLine['hits'][number]): number {
  return score === 0 ? 0 : weight;
}

function columnsOf(
  outcomes: readonly OutcomeLine[],
  fitted: readonly string[],
  current: ReadonlyMap<string, number>,
  settings: FitSettings,
): { columns: Column[]; base: Float64Array } {
  const place = new Map(fitted.map((symbol, index) => [symbol, index]));
  const cells = fitted.map(() => ({ rows: [] as number[], values: [] as number[] }));
  const base = new Float64Array(outcomes.length);
  for (const [row, { hits }] of outcomes.entries())
    for (const hit of hits) {
      const column = cells[place.get(hit.symbol) ?? -1];
      if (column === undefined) base[row] = (base[row] ?? 0) + hit.score;
      else if (effect(hit) > 0) {
        column.rows.push(row);
        column.values.push(effect(hit));
      }
    }
  const columns = fitted.map((symbol, index): Column => {
    const prior = current.get(symbol) ?? 0;
    return {
      rows: Int32Array.from(cells[index]?.rows ?? []),
      values: Float64Array.from(cells[index]?.values ?? []),
      prior,
      ...boundsOf(prior, settings.judges.get(symbol), settings),
    };
  });
  return { columns, base };
}

/** Between which scores a symbol stays, by what its author gave it. */
function boundsOf(
  prior: number,
  most: number | undefined,
  { maximum, minimum, growth, judgeMinimum, judgeLeast }: FitSettings,
): { low: number; high: number } {
  if (most !== undefined)
    return prior > 0
      ? { low: Math.min(judgeLeast, most), high: most }
      : { low: judgeMinimum, high: -judgeLeast };
  if (prior < 0) return { low: Math.min(prior, minimum), high: 0 };
  return { low: 0, high: Math.max(prior, Math.min(maximum, prior * growth)) };
}

/** A source counts by the root of its messages of a class; both classes count the same, but for the cost of ham. */
function messageWeights(outcomes: readonly OutcomeLine[], hamCost: number): Float64Array {
  const sizes = new Map<string, number>();
  const key = ({ source, label }: OutcomeLine): string => `${label}\t${source}`;
  for (const outcome of outcomes) sizes.set(key(outcome), (sizes.get(key(outcome)) ?? 0) + 1);
  const roots = { ham: 0, spam: 0 };
  for (const [name, size] of sizes) roots[name.startsWith('ham\t') ? 'ham' : 'spam'] += Math.sqrt(size);
  const half = outcomes.length / 2;
  return Float64Array.from(outcomes, (outcome) => {
    const part = 1 / Math.sqrt(sizes.get(key(outcome)) ?? 1) / roots[outcome.label];
    return half * part * (outcome.label === 'ham' ? hamCost : 1);
  });
}

function countHits(outcomes: readonly OutcomeLine[]): Map<string, { ham: number; spam: number }> {
  const counts = new Map<string, { ham: number; spam: number }>();
  for (const { label, hits } of outcomes)
    for (const symbol of new Set(hits.map((hit) => hit.symbol))) {
      const count = counts.get(symbol) ?? { ham: 0, spam: 0 };
      counts.set(symbol, count);
      count[label]++;
    }
  return counts;
}

/** Two decimals are what a person reads; never -0. */
const rounded = (score: number): number => Math.round(score * 100) / 100 || 0;

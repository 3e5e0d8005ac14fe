/**
 * From counts to a probability. Each token has its share of spam, drawn towards one half when little is known of it
 * (Robinson); a message is nearly the mean of the log odds of its tokens. A mean, not a sum: the words of a message are
 * not independent of each other, so a long one is hardly surer than a short one of the same kind. Of the combinations
 * measured (chi-square, sum, sum over the root of the number, the strongest alone) it was the best, on mail of known and
 * of unknown sources; docs/bayes.md has the figures.
 */
import { COUNTED, type ClassCounts, countsOf, SEEN, split } from './entries.ts';
import type { TokenCounts } from './table.ts';

/** Messages' worth of belief in one half, before anything is known of a token. */
const STRENGTH = 0.05;
/** Tokens nearer to one half than this say nothing. */
const LEAST_DEVIATION = 0.1;
/** Exponent of the number of tokens that the sum is divided by: below 1, more tokens are a little surer. */
const LENGTH_EXPONENT = 0.8;
/** From the score to log odds: fitted on scores of messages that were not learned, of known and unknown sources. */
const SLOPE = 1.75;
/** Messages of either class that must be counted before a score means anything. */
const LEAST_COUNTED = 5;
/** Tokens known in fewer than this many say too little for a probability. */
const LEAST_TOKENS = 5;

export interface ClassifyOptions {
  /** Messages of either class that must have been learned. */
  minimumLearned: number;
  /** A user whose counts are asked beside those of all. */
  user?: bigint;
  /** Messages a user must have learned for his counts to weigh as much as those of all. */
  userWeight: number;
}

export interface Judgement {
  /** That it is spam, 0 to 1. */
  probability: number;
  /** Tokens that said something. */
  tokens: number;
}

/** Undefined while too little was learned, or when next to nothing of the message is known. */
export function classify(
  table: TokenCounts,
  tokens: Uint32Array,
  count: number,
  options: ClassifyOptions,
): Judgement | undefined {
  const enough = ({ spam, ham }: ClassCounts): boolean =>
    spam >= options.minimumLearned && ham >= options.minimumLearned;
  const common = enough(countsOf(table, SEEN)) ? countsOf(table, COUNTED) : undefined;
  const own = options.user === undefined ? undefined : ownCounts(table, options.user, options, common);
  if (common === undefined && own === undefined) return undefined;
  const { value, used } = combine(table, tokens, count, common, own);
  if (used < LEAST_TOKENS) return undefined;
  return { probability: 1 / (1 + Math.exp(-SLOPE * value)), tokens: used };
}

/** How surely a message is told, by what was learned by everybody (0n) or a user; undefined while one class is unknown. */
export function score(
  table: TokenCounts,
  tokens: Uint32Array,
  count: number,
  user: bigint,
): number | undefined {
  const counted = countsOf(table, COUNTED ^ user);
  if (counted.spam < LEAST_COUNTED || counted.ham < LEAST_COUNTED) return undefined;
  return user === 0n
    ? combine(table, tokens, count, counted, undefined).value
    : combine(table, tokens, count, undefined, { user, counted, strength: STRENGTH }).value;
}

/** What a user has learned, and the weight of what all have learned beside it. */
interface Own {
  user: bigint;
  counted: ClassCounts;
  /** Messages' worth of belief in what is known without him. */
  strength: number;
}

function ownCounts(
  table: TokenCounts,
  user: bigint,
  { minimumLearned, userWeight }: ClassifyOptions,
  common: ClassCounts | undefined,
): Own | undefined {
  const seen = countsOf(table, SEEN ^ user);
  const counted = countsOf(table, COUNTED ^ user);
  // Of one class alone counts tell nothing of a share.
  if (counted.spam === 0 || counted.ham === 0) return undefined;
  if (common === undefined)
    return seen.spam >= minimumLearned && seen.ham >= minimumLearned
      ? { user, counted, strength: STRENGTH }
      : undefined;
  return { user, counted, strength: userWeight / (seen.spam + seen.ham) };
}

function combine(
  table: TokenCounts,
  tokens: Uint32Array,
  count: number,
  common: ClassCounts | undefined,
  own: Own | undefined,
): { value: number; used: number } {
  const [saltLow, saltHigh] = split(own?.user ?? 0n);
  let sum = 0;
  let used = 0;
  for (let index = 0; index < count; index++) {
    const low = tokens[index * 2] ?? 0;
    const high = tokens[index * 2 + 1] ?? 0;
    let share = 0.5;
    if (common !== undefined) share = shareOf(table, low, high, common, 0.5, STRENGTH);
    // What all say is the prior of what he says.
    if (own !== undefined)
      share = shareOf(
        table,
        (low ^ saltLow) >>> 0,
        (high ^ saltHigh) >>> 0,
        own.counted,
        share,
        own.strength,
      );
    if (Math.abs(share - 0.5) < LEAST_DEVIATION) continue;
    sum += Math.log(share / (1 - share));
    used++;
  }
  return { value: used === 0 ? 0 : sum / used ** LENGTH_EXPONENT, used };
}

/** Share of spam among the messages with a token, as if both classes were equally many; `prior` when nothing is known. */
function shareOf(
  table: TokenCounts,
  low: number,
  high: number,
  learned: ClassCounts,
  prior: number,
  strength: number,
): number {
  const entry = table.find(low, high);
  if (entry < 0) return prior;
  const spam = table.spam(entry);
  const ham = table.ham(entry);
  const seen = spam + ham;
  if (seen === 0) return prior;
  const inSpam = spam / Math.max(learned.spam, 1);
  const inHam = ham / Math.max(learned.ham, 1);
  return (strength * prior + seen * (inSpam / (inSpam + inHam))) / (strength + seen);
}

import type { ClassCounts } from './entries.ts';
import type { BayesSettings } from './settings.ts';

/** Symbols of Bayes itself: what it says must not teach it. */
const OWN = /^BAYES_/;
/** Symbols against a message that spam must have, so that one rule alone, or a test string, teaches nothing. */
const LEAST_SYMBOLS = 3;

/** As what a message is to be learned by itself; undefined for not at all. */
export function autolearnAs(
  hits: readonly { symbol: string; score: number }[],
  seen: ClassCounts,
  { autolearn, minimumLearned }: Pick<BayesSettings, 'autolearn' | 'minimumLearned'>,
): 'spam' | 'ham' | undefined {
  const others = hits.filter(({ symbol }) => !OWN.test(symbol));
  const score = others.reduce((sum, hit) => sum + hit.score, 0);
  const most = (other: number): number => Math.max(other, minimumLearned) * autolearn.balance;
  if (score >= autolearn.spam && others.filter((hit) => hit.score > 0).length >= LEAST_SYMBOLS)
    return seen.spam < most(seen.ham) ? 'spam' : undefined;
  if (score <= autolearn.ham) return seen.ham < most(seen.spam) ? 'ham' : undefined;
  return undefined;
}

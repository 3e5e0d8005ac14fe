import type { FilterSettings, ForcedAction, Thresholds } from './settings.ts';
import { ACTIONS, type Action, type CheckHit, type Hit, type Verdict } from './types.ts';

const THRESHOLDS: readonly (readonly [keyof Thresholds, Action])[] = [
  ['greylist', 'greylist'],
  ['addHeader', 'add header'],
  ['rewriteSubject', 'rewrite subject'],
  ['quarantine', 'quarantine'],
  ['softReject', 'soft reject'],
  ['reject', 'reject'],
  ['discard', 'discard'],
];

/** Actions that say "this is spam". A greylisted or softly rejected message is merely not wanted now. */
const SPAM_ACTIONS: ReadonlySet<Action> = new Set([
  'add header',
  'rewrite subject',
  'quarantine',
  'reject',
  'discard',
]);

/** Gives the hits of checks their scores: the setting's, or the check's own, times the weight. */
export function scoreHits(
  hits: readonly CheckHit[],
  defaults: ReadonlyMap<string, number>,
  scores: Readonly<Record<string, number>>,
): Hit[] {
  return hits.map((hit) => {
    const weight = Math.min(Math.max(hit.weight ?? 1, 0), 1);
    const score = (scores[hit.symbol] ?? defaults.get(hit.symbol) ?? 0) * weight;
    return { ...hit, score: round(score) };
  });
}

/**
 * Decides. The sum of the scores against the thresholds, unless a symbol forces an action; a symbol may also demand one
 * at least.
 */
export function decide(
  hits: readonly Hit[],
  settings: Pick<FilterSettings, 'thresholds' | 'forcedActions' | 'rejectText'>,
): Pick<Verdict, 'action' | 'score' | 'required' | 'spam' | 'text'> {
  const { thresholds, forcedActions, rejectText } = settings;
  const score = round(hits.reduce((sum, hit) => sum + hit.score, 0));
  const required = thresholds.addHeader;

  const forced = mostSevere(hits.flatMap(({ symbol }) => forcedActions[symbol] ?? []));
  const demanded = hits.flatMap(({ symbol, demands }) =>
    demands === undefined || Object.hasOwn(forcedActions, symbol) ? [] : demands,
  );
  const scored: ForcedAction = { action: byThreshold(score, thresholds) };
  const chosen = mostSevere([forced ?? scored, ...demanded]) ?? scored;
  const { action } = chosen;
  const spam = chosen === scored ? score >= required : SPAM_ACTIONS.has(action);
  const refuses = action === 'reject' || action === 'soft reject';
  return { action, score, required, spam, ...(refuses && { text: chosen.text ?? rejectText }) };
}

/** The first of the most severe. */
function mostSevere(actions: readonly ForcedAction[]): ForcedAction | undefined {
  return actions.reduce<ForcedAction | undefined>(
    (worst, one) =>
      worst === undefined || ACTIONS.indexOf(one.action) > ACTIONS.indexOf(worst.action) ? one : worst,
    undefined,
  );
}

function byThreshold(score: number, thresholds: Thresholds): Action {
  let best: Action = 'no action';
  let highest = -Infinity;
  for (const [name, action] of THRESHOLDS) {
    const threshold = thresholds[name];
    if (threshold !== null && score >= threshold && threshold >= highest) {
      best = action;
      highest = threshold;
    }
  }
  return best;
}

/** Sums of decimal fractions: two places are what people configure, four are kept, never -0. */
const round = (value: number): number => Math.round(value * 10_000) / 10_000 || 0;

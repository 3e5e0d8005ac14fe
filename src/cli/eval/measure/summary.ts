import { groupBy } from '../index-file.ts';
import type { Outcome } from '../types.ts';
import { bestWithin, rocError, type Scores } from './roc.ts';

/** Ham that may be lost where the share of spam caught is compared: what a site can live with. */
export const HAM_BUDGET = 0.005;

/** How an engine does on some messages. Shares are 0 to 1, undefined where there is nothing to take a share of. */
export interface Summary {
  readonly ham: number;
  readonly spam: number;
  /** Ham that the engine counts as spam, and its number. */
  readonly hamLost: number | undefined;
  readonly hamLostCount: number;
  /** Spam that it does not count as spam. */
  readonly spamMissed: number | undefined;
  readonly spamMissedCount: number;
  /** 1 − area under the ROC curve. */
  readonly rocError: number | undefined;
  /** Spam caught where {@link HAM_BUDGET} of the ham is lost, and the threshold there. */
  readonly caughtAtBudget: number | undefined;
  readonly thresholdAtBudget: number | undefined;
  /** Messages without a judgement. */
  readonly faults: number;
}

export interface EvalSummary {
  readonly total: Summary;
  readonly sources: ReadonlyMap<string, Summary>;
  /** Ham of the sources named as modern commercial mail, apart: that is where good mail is lost. */
  readonly commercial: Summary | undefined;
}

/**
 * All outcomes, and by source. A source that has one class alone is measured against the other class of all: its ham
 * against everybody's spam, its spam against everybody's ham.
 */
export function summarize(outcomes: readonly Outcome[], commercialSources: readonly string[]): EvalSummary {
  const all = scoresOf(outcomes);
  const sources = new Map<string, Summary>();
  for (const [source, some] of groupBy(outcomes, ({ message }) => message.source))
    sources.set(source, summary(some, all));
  const commercial = outcomes.filter(
    ({ message }) => message.label === 'ham' && commercialSources.includes(message.source),
  );
  return {
    total: summary(outcomes, all),
    sources,
    commercial: commercial.length === 0 ? undefined : summary(commercial, all),
  };
}

function summary(outcomes: readonly Outcome[], all: Scores): Summary {
  const own = scoresOf(outcomes);
  const against: Scores = {
    ham: own.ham.length > 0 ? own.ham : all.ham,
    spam: own.spam.length > 0 ? own.spam : all.spam,
  };
  const judged = outcomes.filter(({ judgement }) => judgement !== undefined);
  const hamLostCount = judged.filter(
    ({ message, judgement }) => message.label === 'ham' && judgement?.spam === true,
  ).length;
  const spamMissedCount = judged.filter(
    ({ message, judgement }) => message.label === 'spam' && judgement?.spam === false,
  ).length;
  const best = bestWithin(against, HAM_BUDGET);
  return {
    ham: own.ham.length,
    spam: own.spam.length,
    hamLost: part(hamLostCount, own.ham.length),
    hamLostCount,
    spamMissed: part(spamMissedCount, own.spam.length),
    spamMissedCount,
    rocError: rocError(against),
    caughtAtBudget: best?.spamCaught,
    thresholdAtBudget: best?.threshold,
    faults: outcomes.length - judged.length,
  };
}

/** Scores of what was judged, by class. */
export function scoresOf(outcomes: readonly Outcome[]): Scores {
  const ham: number[] = [];
  const spam: number[] = [];
  for (const { message, judgement } of outcomes)
    if (judgement !== undefined) (message.label === 'ham' ? ham : spam).push(judgement.score);
  return { ham, spam };
}

const part = (count: number, of: number): number | undefined => (of === 0 ? undefined : count / of);

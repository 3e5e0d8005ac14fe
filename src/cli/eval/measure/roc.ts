/** Receiver operating characteristic of scores: how well they part ham from spam, whatever the threshold. */

/** Scores by class. */
export interface Scores {
  readonly ham: readonly number[];
  readonly spam: readonly number[];
}

/** Share of ham at or above a threshold, share of spam there. */
export interface RocPoint {
  readonly threshold: number;
  readonly hamLost: number;
  readonly spamCaught: number;
}

/**
 * 1 − area under the ROC curve, 0 to 1: the chance that a ham message scores higher than a spam message, ties counted
 * half. Undefined when a class is empty.
 */
export function rocError({ ham, spam }: Scores): number | undefined {
  if (ham.length === 0 || spam.length === 0) return undefined;
  const spamSorted = Float64Array.from(spam).sort();
  let wrong = 0;
  for (const score of ham) wrong += (lowerBound(spamSorted, score) + upperBound(spamSorted, score)) / 2;
  return wrong / (ham.length * spam.length);
}

/** The curve, from the highest threshold to the lowest: one point for each score that occurs. */
export function rocCurve({ ham, spam }: Scores): RocPoint[] {
  const hamSorted = Float64Array.from(ham).sort();
  const spamSorted = Float64Array.from(spam).sort();
  const thresholds = [...new Set([...ham, ...spam])].sort((one, other) => other - one);
  return thresholds.map((threshold) => ({
    threshold,
    hamLost: share(hamSorted, threshold),
    spamCaught: share(spamSorted, threshold),
  }));
}

/** The point where most spam is caught with no more than `hamLost` (0 to 1) of ham at or above the threshold. */
export function bestWithin(scores: Scores, hamLost: number): RocPoint | undefined {
  if (scores.ham.length === 0 || scores.spam.length === 0) return undefined;
  let best: RocPoint = { threshold: Infinity, hamLost: 0, spamCaught: 0 };
  for (const point of rocCurve(scores)) {
    if (point.hamLost > hamLost) break;
    best = point;
  }
  return best;
}

/** Share of the sorted scores at or above the threshold; 0 of none. */
function share(sorted: Float64Array, threshold: number): number {
  return sorted.length === 0 ? 0 : (sorted.length - lowerBound(sorted, threshold)) / sorted.length;
}

/** Number of values below. */
function lowerBound(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Number of values at or below. */
function upperBound(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

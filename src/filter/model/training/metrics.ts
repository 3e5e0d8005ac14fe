/** A message's score, the higher the more like spam, and what it is. */
export interface Scored {
  readonly score: number;
  readonly spam: boolean;
}

/** 1 − area under the ROC curve: the chance that a ham scores higher than a spam. NaN without both. */
export function rocLoss(scored: readonly Scored[]): number {
  const sorted = scored.toSorted((one, other) => one.score - other.score);
  const spam = sorted.filter((one) => one.spam).length;
  const ham = sorted.length - spam;
  let below = 0;
  let hamSeen = 0;
  for (let start = 0; start < sorted.length; ) {
    let end = start;
    let tiedHam = 0;
    while (end < sorted.length && sorted[end]?.score === sorted[start]?.score)
      if (sorted[end++]?.spam === false) tiedHam++;
    below += (end - start - tiedHam) * (hamSeen + tiedHam / 2);
    hamSeen += tiedHam;
    start = end;
  }
  return 1 - below / (spam * ham);
}

/** The score above which this share of ham lies. */
export function hamThreshold(scored: readonly Scored[], share: number): number {
  const ham = scored.filter(({ spam }) => !spam).map(({ score }) => score);
  ham.sort((one, other) => other - one);
  return ham[Math.floor(ham.length * share)] ?? Infinity;
}

/** Share of the messages of that class that score above the threshold; NaN when there are none. */
export function shareAbove(scored: readonly Scored[], spam: boolean, threshold: number): number {
  const some = scored.filter((one) => one.spam === spam);
  return some.filter(({ score }) => score > threshold).length / some.length;
}

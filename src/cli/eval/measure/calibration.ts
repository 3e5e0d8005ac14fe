import type { Scores } from './roc.ts';

/** A slice of the scores: from `low` up to below `high`. */
export interface ScoreBin {
  readonly low: number;
  readonly high: number;
  readonly ham: number;
  readonly spam: number;
  /** Share of spam in it, were both classes equally many. */
  readonly spamShare: number;
}

/** Messages a slice must hold, so that its share is no accident. */
const LEAST = 20;

/** The scores in at most `count` slices of about as many messages each, lowest first; empty when a class is. */
export function calibration({ ham, spam }: Scores, count = 20): ScoreBin[] {
  if (ham.length === 0 || spam.length === 0) return [];
  const sorted = [
    ...ham.map((score) => ({ score, isSpam: false })),
    ...spam.map((score) => ({ score, isSpam: true })),
  ].sort((one, other) => one.score - other.score);
  const size = Math.max(LEAST, Math.ceil(sorted.length / count));
  const bins: ScoreBin[] = [];
  for (let start = 0; start < sorted.length; ) {
    let end = Math.min(start + size, sorted.length);
    // What is left over joins the last slice; equal scores stay together.
    if (sorted.length - end < LEAST) end = sorted.length;
    while (end < sorted.length && sorted[end]?.score === sorted[end - 1]?.score) end++;
    const some = sorted.slice(start, end);
    const spamCount = some.filter(({ isSpam }) => isSpam).length;
    const hamPart = (some.length - spamCount) / ham.length;
    const spamPart = spamCount / spam.length;
    bins.push({
      low: some[0]?.score ?? 0,
      high: some.at(-1)?.score ?? 0,
      ham: some.length - spamCount,
      spam: spamCount,
      spamShare: spamPart / (hamPart + spamPart),
    });
    start = end;
  }
  return bins;
}

/** `spam share = 1 / (1 + exp(-(slope * score + offset)))`, classes weighed equally: what a point of score is worth. */
export interface Logistic {
  readonly slope: number;
  readonly offset: number;
}

const STEPS = 50;

/** The logistic curve nearest to the scores, by Newton's method; undefined when a class is empty. */
export function fitLogistic({ ham, spam }: Scores): Logistic | undefined {
  if (ham.length === 0 || spam.length === 0) return undefined;
  let slope = 0;
  let offset = 0;
  for (let step = 0; step < STEPS; step++) {
    // Ridge: classes that a threshold parts whole would want an endless slope.
    let g0 = 0;
    let g1 = 1e-4 * slope;
    let h00 = 1e-9;
    let h01 = 0;
    let h11 = 1e-4;
    for (const [scores, target] of [
      [ham, 0],
      [spam, 1],
    ] as const) {
      const weight = 1 / scores.length;
      for (const score of scores) {
        const p = 1 / (1 + Math.exp(-(slope * score + offset)));
        const error = weight * (p - target);
        const curvature = weight * Math.max(p * (1 - p), 1e-6);
        g0 += error;
        g1 += error * score;
        h00 += curvature;
        h01 += curvature * score;
        h11 += curvature * score * score;
      }
    }
    const determinant = h00 * h11 - h01 * h01;
    if (!(Math.abs(determinant) > 1e-15)) break;
    const moveOffset = (h11 * g0 - h01 * g1) / determinant;
    const moveSlope = (h00 * g1 - h01 * g0) / determinant;
    offset -= moveOffset;
    slope -= moveSlope;
    if (Math.abs(moveOffset) + Math.abs(moveSlope) < 1e-9) break;
  }
  return { slope, offset };
}

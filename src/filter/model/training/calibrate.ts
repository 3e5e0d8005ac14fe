import type { Scored } from './metrics.ts';

/** Newton steps; it is done after a handful. */
const STEPS = 50;
/** Spam may not have a negative slope, nor an infinite one where the classes do not overlap. */
const SLOPES = [0.05, 20] as const;

/**
 * Platt's calibration: slope and intercept so that `1 / (1 + exp(-(slope · score + intercept)))` is the probability. Targets
 * are drawn in by one message a class, so that separable scores stay finite.
 */
export function calibrate(scored: readonly Scored[]): { slope: number; intercept: number } {
  const spam = scored.filter((one) => one.spam).length;
  const ham = scored.length - spam;
  if (spam === 0 || ham === 0) return { slope: 1, intercept: 0 };
  const high = (spam + 1) / (spam + 2);
  const low = 1 / (ham + 2);
  let slope = 1;
  let intercept = 0;
  for (let step = 0; step < STEPS; step++) {
    let [g1, g0, h11, h10, h00] = [0, 0, 1e-9, 0, 1e-9];
    for (const { score, spam: isSpam } of scored) {
      const probability = 1 / (1 + Math.exp(-(slope * score + intercept)));
      const error = probability - (isSpam ? high : low);
      const curve = probability * (1 - probability);
      g1 += error * score;
      g0 += error;
      h11 += curve * score * score;
      h10 += curve * score;
      h00 += curve;
    }
    const determinant = h11 * h00 - h10 * h10;
    if (!(determinant > 0)) break;
    const bySlope = (h00 * g1 - h10 * g0) / determinant;
    const byIntercept = (h11 * g0 - h10 * g1) / determinant;
    slope -= clamp(bySlope, -1, 1);
    intercept -= clamp(byIntercept, -2, 2);
    slope = clamp(slope, ...SLOPES);
    if (Math.abs(bySlope) + Math.abs(byIntercept) < 1e-9) break;
  }
  return { slope: Math.fround(slope), intercept: Math.fround(intercept) };
}

const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);

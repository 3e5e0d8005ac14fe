/**
 * Logistic regression with a bound for each coefficient, by cyclic coordinate descent: one coefficient at a time takes a
 * Newton step and is put back between its bounds. Each coefficient is drawn towards a prior, the harder the fewer
 * messages speak for another value. The intercept is fixed, since it is the threshold from which a message is spam.
 */

/** One column of the data: the messages a symbol was given to, each of them once, and how much of it (0 to 1). */
export interface Column {
  readonly rows: Int32Array;
  readonly values: Float64Array;
  readonly low: number;
  readonly high: number;
  readonly prior: number;
}

export interface Problem {
  readonly columns: readonly Column[];
  /** True for spam. */
  readonly targets: readonly boolean[];
  /** How much a message counts. */
  readonly weights: Float64Array;
  /** What each message has from symbols that are not fitted. */
  readonly base: Float64Array;
  /** Sum at which the odds are even. */
  readonly threshold: number;
  /** Strength of the prior: as if so much weight of messages spoke for it. */
  readonly ridge: number;
}

/** Rounds over all coefficients; the bound is reached by no data of use. */
const MAX_ROUNDS = 400;
/** A round that moves no coefficient further ends the search: scores have two decimals. */
const TOLERANCE = 5e-4;
/** The longest step at once: far from the solution the curvature promises too much. */
const MAX_STEP = 1;

/** The coefficients, in the order of the columns. One point of score is worth a factor e in the odds. */
export function fitBounded({ columns, targets, weights, base, threshold, ridge }: Problem): Float64Array {
  const coefficients = Float64Array.from(columns, ({ prior, low, high }) =>
    Math.min(Math.max(prior, low), high),
  );
  const sums = Float64Array.from(base, (value) => value - threshold);
  for (const [index, { rows, values }] of columns.entries()) {
    const coefficient = coefficients[index] ?? 0;
    for (let at = 0; at < rows.length; at++)
      sums[rows[at] as number] = (sums[rows[at] as number] as number) + coefficient * (values[at] as number);
  }
  for (let round = 0; round < MAX_ROUNDS; round++) {
    let moved = 0;
    for (const [index, { rows, values, low, high, prior }] of columns.entries()) {
      const before = coefficients[index] ?? 0;
      let gradient = ridge * (before - prior);
      let curvature = ridge;
      for (let at = 0; at < rows.length; at++) {
        const row = rows[at] as number;
        const value = values[at] as number;
        const probability = 1 / (1 + Math.exp(-(sums[row] as number)));
        const weight = weights[row] as number;
        gradient += weight * value * (probability - Number(targets[row]));
        curvature += weight * value * value * probability * (1 - probability);
      }
      const step = Math.min(Math.max(-gradient / curvature, -MAX_STEP), MAX_STEP);
      const after = Math.min(Math.max(before + step, low), high);
      const change = after - before;
      if (change === 0) continue;
      coefficients[index] = after;
      moved = Math.max(moved, Math.abs(change));
      for (let at = 0; at < rows.length; at++)
        sums[rows[at] as number] = (sums[rows[at] as number] as number) + change * (values[at] as number);
    }
    if (moved < TOLERANCE) break;
  }
  return coefficients;
}

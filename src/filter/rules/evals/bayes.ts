import { numberOf } from './support/arguments.ts';
import type { EvalFunction } from './types.ts';

/** `check_bayes(min, max)`: the probability Bayes gives, above `min` (or 0) and up to, but for 1 not including, `max`. */
const bayes: EvalFunction = ({ bayes: judgement }, [min, max]) => {
  if (judgement === undefined) return false;
  const { probability } = judgement;
  const [least, most] = [numberOf(min), numberOf(max)];
  return (least === 0 || probability > least) && (most === 1 || probability <= most);
};

export const bayesEvals: Readonly<Record<string, EvalFunction>> = { check_bayes: bayes };

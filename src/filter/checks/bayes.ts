import type { Check } from '../types.ts';

/** Odds of 999 to 1, where a hit has its full weight; the same for the model, so that both can be added up. */
const SURE = Math.log(999);
/** Odds of 3 to 2: nearer to even it says nothing. */
const LEAST = Math.log(1.5);

/**
 * What was learned says (see docs/bayes.md); nothing until enough was learned. The weight of the hit is the logarithm of
 * the odds, as a share of that of 0.999: so evidence adds up, and a message that is surer spam scores higher.
 */
export const bayes: Check = {
  name: 'bayes',
  symbols: {
    BAYES_SPAM: { score: 5, description: 'Message is probably spam, by what was learned' },
    BAYES_HAM: { score: -3, description: 'Message is probably ham, by what was learned' },
  },
  run({ bayes: judgement }) {
    if (judgement === undefined) return [];
    const { probability } = judgement;
    const detail = `${(probability * 100).toFixed(2)}%`;
    const bounded = Math.min(Math.max(probability, 0.0001), 0.9999);
    const odds = Math.log(bounded / (1 - bounded));
    if (Math.abs(odds) < LEAST) return [];
    const weight = Math.min(Math.abs(odds) / SURE, 1);
    return [
      { symbol: odds > 0 ? 'BAYES_SPAM' : 'BAYES_HAM', detail, weight: Math.round(weight * 10_000) / 10_000 },
    ];
  },
};

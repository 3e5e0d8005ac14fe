import type { Check } from '../types.ts';

/** Probabilities from which the classifier is believed, and from which wholly. */
const SPAM = 0.6;
const SURELY_SPAM = 0.99;
const HAM = 0.4;
const SURELY_HAM = 0.01;

/** What was learned says (see docs/bayes.md); nothing until enough was learned. */
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
    if (probability >= SPAM)
      return [{ symbol: 'BAYES_SPAM', detail, weight: between(probability, SPAM, SURELY_SPAM) }];
    if (probability <= HAM)
      return [{ symbol: 'BAYES_HAM', detail, weight: between(probability, HAM, SURELY_HAM) }];
    return [];
  },
};

/** 0 where belief begins, 1 where it is whole. */
const between = (probability: number, from: number, to: number): number =>
  Math.min(Math.max((probability - from) / (to - from), 0), 1);

import { extractFeatures } from '../model/features/extract.ts';
import { KINDS, type Judgement } from '../model/types.ts';
import type { Check, CheckHit } from '../types.ts';

/** Odds of 999 to 1: as sure as a model can be held to be. There a hit has its full weight. */
const SURE = Math.log(999);
/** Below it the model knows nothing worth a line in the report. */
const LEAST = 0.02;

/**
 * What the trained model says. The weight of the hit is the logarithm of the odds, as a share of that of 0.999: evidence
 * adds up as scores do.
 */
export const model: Check = {
  name: 'model',
  symbols: {
    MODEL_SPAM: { score: 5, description: 'The trained model takes it for spam; by how surely' },
    MODEL_HAM: { score: -3, description: 'The trained model takes it for wanted mail; by how surely' },
  },
  run({ message, model: judge }) {
    if (judge === undefined) return [];
    const judgement = judge(message.derived(extractFeatures));
    return judgement instanceof Promise ? judgement.then(hitsOf) : hitsOf(judgement);
  },
};

function hitsOf({ probability, kinds }: Judgement): CheckHit[] {
  const bounded = Math.min(Math.max(probability, 0.0001), 0.9999);
  const odds = Math.log(bounded / (1 - bounded));
  const weight = Math.min(Math.abs(odds) / SURE, 1);
  if (weight < LEAST) return [];
  const parts = kinds
    .map((sum, kind) => ({ sum, name: KINDS[kind] ?? '' }))
    .filter(({ sum }) => Math.abs(sum) >= 0.05)
    .toSorted((one, other) => Math.abs(other.sum) - Math.abs(one.sum))
    .slice(0, 3)
    .map(({ sum, name }) => `${name} ${sum > 0 ? '+' : ''}${sum.toFixed(1)}`);
  return [
    {
      symbol: odds > 0 ? 'MODEL_SPAM' : 'MODEL_HAM',
      detail: `p=${probability.toFixed(4)}${parts.length > 0 ? ` (${parts.join(', ')})` : ''}`,
      weight: Math.round(weight * 10_000) / 10_000,
    },
  ];
}

import { markOf, slotOf } from './slots.ts';
import type { Features, Judgement, Model } from './types.ts';

/** What the ONNX graph computes, in plain code: a few thousand table look-ups, some microseconds. */
export function evaluate(model: Model, { hashes, ends }: Features): Judgement {
  const { weights, marks, bias, slope, intercept } = model;
  const kinds: number[] = [];
  let sum = bias;
  let at = 0;
  for (const end of ends) {
    let kind = 0;
    let known = 0;
    for (; at < end; at++) {
      const hash = hashes[at] ?? 0;
      const slot = slotOf(hash, weights.length);
      if (marks[slot] !== markOf(hash)) continue;
      kind += weights[slot] ?? 0;
      known++;
    }
    const contribution = kind / Math.sqrt(Math.max(known, 1));
    kinds.push(contribution);
    sum += contribution;
  }
  return { probability: 1 / (1 + Math.exp(-(slope * sum + intercept))), kinds };
}

import { markOf, slotOf } from '../slots.ts';
import type { Features, Model } from '../types.ts';
import { exampleWeights, seededRandom, shuffle, type Example } from './dataset.ts';
import type { TrainingSettings } from './settings.ts';
import { chooseFeatures } from './vocabulary.ts';

/** Known features of an example: slots, those of a kind together. */
interface Compiled {
  readonly slots: Int32Array;
  readonly ends: readonly number[];
  readonly spam: number;
  readonly weight: number;
}

/** Weights of the second half of the epochs are averaged: the steps of the last one would be noise. */
const AVERAGED = 0.5;
/** Draws of an epoch that say which features are kept; each step begins somewhere else in them. A power of two. */
const KEPT = 1 << 16;
/** AdaGrad begins with this sum of squares: the first step of a rare feature is not the largest of all. */
const FIRST_SQUARE = 1e-3;

/**
 * Logistic regression by AdaGrad, with features and whole kinds dropped at random. The same examples and settings give
 * the same model. It is not calibrated: slope 1, intercept 0.
 */
export function fit(
  examples: readonly Example[],
  settings: TrainingSettings,
  progress: (share: number) => void = () => undefined,
): Model {
  const marks = chooseFeatures(examples, settings);
  const counts = exampleWeights(examples, settings.sourcePower);
  const compiled = examples.map(({ features, spam }, index) =>
    compile(features, marks, Number(spam), counts[index] ?? 1),
  );
  const random = seededRandom(settings.seed);
  const weights = new Float64Array(marks.length);
  const squares = new Float64Array(marks.length).fill(FIRST_SQUARE);
  const sums = new Float64Array(marks.length);
  let bias = 0;
  let biasSquares = FIRST_SQUARE;
  let biasSum = 0;
  let averaged = 0;
  const order = [...compiled];
  const { epochs, rate, decay, featureDropout, kindDropout } = settings;
  const present = new Uint8Array(compiled.reduce((most, { slots }) => Math.max(most, slots.length), 1));
  const kept = new Uint8Array(KEPT);

  for (let epoch = 0; epoch < epochs; epoch++) {
    shuffle(order, random);
    for (let place = 0; place < KEPT; place++) kept[place] = random() < featureDropout ? 0 : 1;
    for (const { slots, ends, spam, weight } of order) {
      const values = kindValues(
        ends,
        1 / (1 - featureDropout) / (1 - kindDropout),
        () => random() >= kindDropout,
      );
      const start = Math.floor(random() * KEPT);
      let sum = bias;
      let at = 0;
      for (const [kind, end] of ends.entries()) {
        const value = values[kind] ?? 0;
        for (; at < end; at++) {
          present[at] = value !== 0 ? kept[(start + at) & (KEPT - 1)]! : 0;
          if (present[at] === 1) sum += value * weights[slots[at]!]!;
        }
      }
      const error = (1 / (1 + Math.exp(-sum)) - spam) * weight;
      at = 0;
      for (const [kind, end] of ends.entries()) {
        const value = values[kind] ?? 0;
        for (; at < end; at++) {
          if (present[at] === 0) continue;
          const slot = slots[at]!;
          const gradient = error * value + decay * weights[slot]!;
          squares[slot]! += gradient * gradient;
          weights[slot]! -= (rate * gradient) / Math.sqrt(squares[slot]!);
        }
      }
      biasSquares += error * error;
      bias -= (rate * error) / Math.sqrt(biasSquares);
    }
    if (epoch >= Math.floor(epochs * AVERAGED)) {
      for (let slot = 0; slot < sums.length; slot++) sums[slot]! += weights[slot]!;
      biasSum += bias;
      averaged++;
    }
    progress((epoch + 1) / epochs);
  }
  const mean = averaged || 1;
  return {
    weights: Float32Array.from(sums, (sum) => sum / mean),
    marks,
    bias: Math.fround(biasSum / mean),
    slope: 1,
    intercept: 0,
    properties: new Map(),
  };
}

function compile(features: Features, marks: Int16Array, spam: number, weight: number): Compiled {
  const slots: number[] = [];
  const ends: number[] = [];
  let at = 0;
  for (const end of features.ends) {
    for (; at < end; at++) {
      const hash = features.hashes[at] ?? 0;
      const slot = slotOf(hash, marks.length);
      if (marks[slot] === markOf(hash)) slots.push(slot);
    }
    ends.push(slots.length);
  }
  return { slots: Int32Array.from(slots), ends, spam, weight };
}

/** What a feature of each kind counts: the root of their number divides it, as in `evaluate`. */
function kindValues(ends: readonly number[], scale: number, isKept: () => boolean): number[] {
  let start = 0;
  return ends.map((end) => {
    const count = end - start;
    start = end;
    return isKept() ? scale / Math.sqrt(Math.max(count, 1)) : 0;
  });
}

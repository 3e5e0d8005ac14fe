import type { Kind } from '../types.ts';

/** How a model is trained. The defaults were chosen by what they gave on sources left out (docs/model.md). */
export interface TrainingSettings {
  /** Messages a feature must be in. */
  minMessages: number;
  /** The same for pairs of features of header and structure, of which there are many. */
  minMessagesCrosses: number;
  /** Sources a feature must be in: what only one has tells the source and not the class. */
  minSources: number;
  /** A source counts by its size to this power: 1 by its messages, 0 all sources the same. */
  sourcePower: number;
  epochs: number;
  /** Step of AdaGrad. */
  rate: number;
  /** Pull of weights towards zero. */
  decay: number;
  /** Share of features left out of each step, so that none is relied upon alone. */
  featureDropout: number;
  /** Share of whole kinds of features left out of each step. */
  kindDropout: number;
  /** Kinds of features that get no weights of their own. */
  withoutKinds: readonly Kind[];
  seed: number;
}

export const defaultTrainingSettings: TrainingSettings = {
  minMessages: 4,
  minMessagesCrosses: 8,
  minSources: 3,
  sourcePower: 0.8,
  epochs: 8,
  rate: 0.15,
  decay: 5e-4,
  featureDropout: 0.3,
  kindDropout: 0.1,
  // Its pairs with the structure say more than its single features, which tell sources apart.
  withoutKinds: ['header'],
  seed: 1,
};

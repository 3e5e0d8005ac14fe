import type { Model } from '../types.ts';
import { calibrate } from './calibrate.ts';
import { leaveGroupsOut, leaveSourcesOut, type HeldOut } from './cross-validate.ts';
import type { Example } from './dataset.ts';
import { fit } from './fit.ts';
import type { TrainingSettings } from './settings.ts';

/** Parts into which mail is dealt to judge each by a model of the others. */
const FOLDS = 5;
/** Fewer sources tell nothing about the next one. */
const MIN_SOURCES = 3;

export interface Trained {
  /** Of all examples, calibrated. */
  readonly model: Model;
  /** Each source judged by a model of the others; empty with less than {@link MIN_SOURCES} sources. */
  readonly bySource: readonly HeldOut[];
  /** Each fifth of the mail judged by a model of the rest. */
  readonly byGroup: readonly HeldOut[];
}

/** Examples a model cannot be made of. */
export class TrainingError extends Error {}

/**
 * Trains on all examples, and on parts of them to see what it is worth on mail it has not seen; from the latter comes the
 * calibration. Throws {@link TrainingError} when a class is missing.
 */
export function train(
  examples: readonly Example[],
  settings: TrainingSettings,
  progress: (share: number, what: string) => void = () => undefined,
): Trained {
  for (const spam of [false, true])
    if (!examples.some((example) => example.spam === spam))
      throw new TrainingError(`there is no ${spam ? 'spam' : 'ham'} to learn from`);
  const sources = new Set(examples.map(({ source }) => source)).size;
  const passes = (sources < MIN_SOURCES ? 0 : sources) + FOLDS + 1;
  let done = 0;
  const part =
    (size: number) =>
    (share: number, what = ''): void =>
      progress((done + share * size) / passes, what);

  const bySource =
    sources < MIN_SOURCES
      ? []
      : leaveSourcesOut(examples, settings, (share, source) => part(sources)(share, `without ${source}`));
  if (sources >= MIN_SOURCES) done += sources;
  const byGroup = leaveGroupsOut(examples, settings, FOLDS, (share) => part(FOLDS)(share, 'folds'));
  done += FOLDS;
  const model = fit(examples, settings, (share) => part(1)(share, 'all'));
  // Of known and of unknown sources alike, since a model meets both; spam and ham as many as there are of each.
  return { model: { ...model, ...calibrate([...bySource, ...byGroup]) }, bySource, byGroup };
}

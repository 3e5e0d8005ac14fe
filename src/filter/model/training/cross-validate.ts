import { evaluate } from '../evaluate.ts';
import type { Model } from '../types.ts';
import type { Example } from './dataset.ts';
import { fit } from './fit.ts';
import type { Scored } from './metrics.ts';
import type { TrainingSettings } from './settings.ts';

/** An example judged by a model that has not seen its source, nor a near-duplicate of it. */
export interface HeldOut extends Scored {
  readonly example: Example;
}

/** Each source left out in turn: a model of the others judges it. Scores are not calibrated. */
export function leaveSourcesOut(
  examples: readonly Example[],
  settings: TrainingSettings,
  progress: (share: number, source: string) => void = () => undefined,
): HeldOut[] {
  const sources = [...new Set(examples.map(({ source }) => source))];
  return sources.flatMap((source, index) => {
    const out = examples.filter((example) => example.source === source);
    const groups = new Set(out.map(({ group }) => group));
    const rest = examples.filter((example) => example.source !== source && !groups.has(example.group));
    if (!rest.some(({ spam }) => spam) || rest.every(({ spam }) => spam)) return [];
    const model = fit(rest, settings, (share) => progress((index + share) / sources.length, source));
    return judgeAll(model, out);
  });
}

/** Groups of near-duplicates dealt to folds, each judged by a model of the other folds: mail of known sources. */
export function leaveGroupsOut(
  examples: readonly Example[],
  settings: TrainingSettings,
  folds: number,
  progress: (share: number) => void = () => undefined,
): HeldOut[] {
  const foldOf = new Map<string, number>();
  for (const { group } of examples) if (!foldOf.has(group)) foldOf.set(group, foldOf.size % folds);
  return Array.from({ length: folds }, (_, fold) => {
    const isOut = ({ group }: Example): boolean => foldOf.get(group) === fold;
    const rest = examples.filter((example) => !isOut(example));
    const model = fit(rest, settings, (share) => progress((fold + share) / folds));
    return judgeAll(model, examples.filter(isOut));
  }).flat();
}

/** Scores of a model that has not been trained on the examples. */
export function judgeAll(model: Model, examples: readonly Example[]): HeldOut[] {
  return examples.map((example) => ({ example, spam: example.spam, score: scoreOf(model, example) }));
}

/** The sum before calibration. */
const scoreOf = (model: Model, { features }: Example): number =>
  evaluate(model, features).kinds.reduce((sum, kind) => sum + kind, model.bias);

import { readFileSync, writeFileSync } from 'node:fs';
import type { LoadedConfig } from '../../../config/load.ts';
import { readModelFile } from '../../../config/model.ts';
import { extractFeatures } from '../../../filter/model/features/extract.ts';
import { writeModel } from '../../../filter/model/onnx.ts';
import type { Example } from '../../../filter/model/training/dataset.ts';
import { fit } from '../../../filter/model/training/fit.ts';
import { defaultTrainingSettings } from '../../../filter/model/training/settings.ts';
import { parseMessage } from '../../../message/parse.ts';
import type { LabelledMessage } from '../types.ts';

/**
 * Trains a model on the messages as `tamis model train` does and writes it to `file`. Its calibration is that of the
 * configuration's model: to find it would take as many trainings as there are sources, and it is two numbers.
 */
export function trainModel(
  messages: readonly LabelledMessage[],
  { config }: LoadedConfig,
  file: string,
): void {
  const examples = messages.map(
    ({ path, name, label, source, group }): Example => ({
      features: extractFeatures(parseMessage(readFileSync(path))),
      spam: label === 'spam',
      source,
      group: group === '' ? name : group,
    }),
  );
  const shipped = readModelFile(config.filter.model)?.model;
  const { slope, intercept } = shipped ?? { slope: 1, intercept: 0 };
  writeFileSync(file, writeModel({ ...fit(examples, defaultTrainingSettings), slope, intercept }));
}

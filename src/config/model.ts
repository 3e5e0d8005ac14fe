import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ModelError, readModel } from '../filter/model/onnx.ts';
import type { ModelSettings } from '../filter/model/settings.ts';
import type { Model } from '../filter/model/types.ts';
import { ConfigError } from './read.ts';

/** The model that is shipped; its card is beside it. */
const SHIPPED = new URL('../../models/tamis.onnx', import.meta.url);

/** Reads the model of the settings; undefined when none is wanted. Throws {@link ConfigError} for one that is unusable. */
export function readModelFile({
  enabled,
  file,
}: ModelSettings): { model: Model; file: Uint8Array } | undefined {
  if (!enabled) return undefined;
  const path = file === '' ? fileURLToPath(SHIPPED) : file;
  try {
    const bytes = readFileSync(path);
    return { model: readModel(bytes), file: bytes };
  } catch (error) {
    const isFault = error instanceof ModelError || (error as NodeJS.ErrnoException).code !== undefined;
    if (!isFault) throw error;
    throw new ConfigError(path, [{ line: 0, column: 0, path: '', text: (error as Error).message }]);
  }
}

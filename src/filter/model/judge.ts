import { evaluate } from './evaluate.ts';
import type { Judge, ModelMaterial } from './types.ts';

/** Who is asked about a message on this thread. */
export function createJudge({ model }: ModelMaterial): Judge {
  return (features) => evaluate(model, features);
}

/** The table of eval functions. Add one: a file beside this one, and a line here. */
import type { EvalFunction } from './types.ts';

export const evalFunctions: ReadonlyMap<string, EvalFunction> = new Map<string, EvalFunction>([]);

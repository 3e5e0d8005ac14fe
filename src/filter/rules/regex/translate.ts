import type { Pattern } from '../types.ts';
import { emitPattern } from './emit.ts';
import { requiredLiterals } from './literals.ts';
import { parsePattern } from './parse.ts';
import { PatternError } from './syntax.ts';

export interface Translated {
  /** For text of bytes; without the flags `g` and `y`. */
  readonly expression: RegExp;
  /** Lower-cased texts of which each match holds one; undefined: it has to be run to know. */
  readonly literals: readonly string[] | undefined;
}

/**
 * A Perl pattern as a JavaScript expression that matches the same texts of bytes. Throws {@link PatternError} with the
 * reason when there is none.
 */
export function translatePattern(pattern: Pattern, keepCaptures = false): Translated {
  const parsed = parsePattern(pattern.source, pattern.flags);
  const { source, flags } = emitPattern(parsed, { keepCaptures });
  try {
    return { expression: new RegExp(source, flags), literals: requiredLiterals(parsed.root) };
  } catch (error) {
    throw new PatternError(error instanceof Error ? error.message : String(error));
  }
}

import type { Pattern, Translation } from '../types.ts';
import { emitPattern } from './emit.ts';
import { requiredLiterals } from './literals.ts';
import { parsePattern } from './parse.ts';
import { PatternError } from './syntax.ts';

/**
 * A Perl pattern as a JavaScript one that matches the same texts of bytes. Throws {@link PatternError} with the reason
 * when there is none.
 */
export function translatePattern(pattern: Pattern, keepCaptures = false): Translation {
  const parsed = parsePattern(pattern.source, pattern.flags);
  const translation = { ...emitPattern(parsed, { keepCaptures }), literals: requiredLiterals(parsed.root) };
  compileTranslation(translation);
  return translation;
}

/** The expression, without the flags `g` and `y`. Throws {@link PatternError}. */
export function compileTranslation({ source, flags }: Pick<Translation, 'source' | 'flags'>): RegExp {
  try {
    return new RegExp(source, flags);
  } catch (error) {
    throw new PatternError(error instanceof Error ? error.message : String(error));
  }
}

/** Both in one. */
export const compilePattern = (pattern: Pattern, keepCaptures = false): RegExp =>
  compileTranslation(translatePattern(pattern, keepCaptures));

import type { Pattern, Translation } from '../types.ts';
import { emitPattern, LINE_START } from './emit.ts';
import { requiredLiterals } from './literals.ts';
import { parsePattern } from './parse.ts';
import { type Node, type ParsedPattern, PatternError } from './syntax.ts';

/**
 * A Perl pattern that was read, as a JavaScript one that matches the same texts of bytes. Throws {@link PatternError}
 * with the reason when there is none.
 */
export function translatePattern(parsed: ParsedPattern, keepCaptures = false): Translation {
  const literals = requiredLiterals(parsed.root);
  const translation = {
    ...emitPattern(parsed, { keepCaptures }),
    literals: literals?.texts,
    ...(literals !== undefined && literals.copies > 1 && { copies: literals.copies }),
    ...(literals?.also !== undefined && { also: literals.also }),
    ...lineOf(parsed.root),
    bytes: Math.min(leastBytes(parsed.root), MOST_BYTES),
  };
  compileTranslation(translation);
  return translation;
}

/** What is longer is not counted; texts are seldom as long. */
const MOST_BYTES = 65_536;

/** Bytes of the shortest match, or fewer. */
function leastBytes(node: Node): number {
  switch (node.kind) {
    case 'set':
      return 1;
    case 'sequence':
      return node.items.reduce((sum, item) => sum + leastBytes(item), 0);
    case 'alternation':
      return node.branches.reduce((least, branch) => Math.min(least, leastBytes(branch)), MOST_BYTES);
    case 'capture':
    case 'atomic':
      return leastBytes(node.body);
    case 'repeat':
      return node.min * leastBytes(node.body);
    case 'look':
    case 'anchor':
    case 'reference':
      return 0;
  }
}

function lineOf(root: Node): Pick<Translation, 'perLine'> {
  const [head, next] = root.kind === 'sequence' ? root.items : [root];
  if (head?.kind !== 'anchor' || head.at !== 'lineStart') return {};
  const isRun = next?.kind === 'repeat' && next.body.kind === 'set' && !next.body.set.has(NEWLINE);
  return { perLine: isRun ? next.min : 0 };
}
const NEWLINE = 10;

/**
 * What follows `^` in a pattern that is tried at the beginning of each line, and nowhere else (flag `y`): the expression
 * engine would try it at every byte.
 */
export const compileLine = ({ source, flags }: Pick<Translation, 'source' | 'flags'>): RegExp =>
  new RegExp(source.slice(LINE_START.length), `${flags}y`);

/** The expression, without the flags `g` and `y`. Throws {@link PatternError}. */
export function compileTranslation({ source, flags }: Pick<Translation, 'source' | 'flags'>): RegExp {
  try {
    return new RegExp(source, flags);
  } catch (error) {
    throw new PatternError(error instanceof Error ? error.message : String(error));
  }
}

/** All in one. */
export const compilePattern = (pattern: Pattern, keepCaptures = false): RegExp =>
  compileTranslation(translatePattern(parsePattern(pattern.source, pattern.flags), keepCaptures));

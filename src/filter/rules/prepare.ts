import { positionsOf } from './engine/positions.ts';
import { PatternError } from './regex/syntax.ts';
import { parsePattern } from './regex/parse.ts';
import { translatePattern } from './regex/translate.ts';
import type { Pattern, Positions, PreparedRules, RuleFault, RuleSet, Translation } from './types.ts';

/**
 * Translates the patterns of a set. What cannot be translated is a fault; the rule does not run. The automata lie on one
 * SharedArrayBuffer: workers are handed views of it, and need not make them again.
 */
export function prepareRules(set: RuleSet): PreparedRules {
  const faults: RuleFault[] = [...set.faults];
  const translations = set.rules.map(({ test, name, file, line }): Translation | undefined => {
    if (!('pattern' in test)) return undefined;
    try {
      return translate(test.pattern);
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      faults.push({ file, line, rule: name, text: error.message, level: 'error' });
      return undefined;
    }
  });
  return { ...set, faults, translations: shared(translations) };
}

function translate({ source, flags }: Pattern): Translation {
  const parsed = parsePattern(source, flags);
  const translation = translatePattern(parsed);
  if (translation.literals !== undefined) return translation;
  const positions = positionsOf(parsed.root);
  return positions === undefined ? translation : { ...translation, positions };
}

function shared(translations: readonly (Translation | undefined)[]): (Translation | undefined)[] {
  const parts = ({ setOf, sets, follow, offsets, first, ends }: Positions): Uint16Array[] => [
    setOf,
    sets,
    follow,
    offsets,
    first,
    ends,
  ];
  let size = 0;
  for (const one of translations)
    if (one?.positions !== undefined) for (const { length } of parts(one.positions)) size += length;
  const memory = new Uint16Array(new SharedArrayBuffer(size * Uint16Array.BYTES_PER_ELEMENT));
  let used = 0;
  const move = (numbers: Uint16Array): Uint16Array => {
    memory.set(numbers, used);
    return memory.subarray(used, (used += numbers.length));
  };
  return translations.map((one) => {
    if (one?.positions === undefined) return one;
    const { setOf, sets, follow, offsets, first, ends, anchored } = one.positions;
    const positions: Positions = {
      setOf: move(setOf),
      sets: move(sets),
      follow: move(follow),
      offsets: move(offsets),
      first: move(first),
      ends: move(ends),
      anchored,
    };
    return { ...one, positions };
  });
}

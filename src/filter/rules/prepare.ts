import { PatternError } from './regex/syntax.ts';
import { translatePattern } from './regex/translate.ts';
import type { PreparedRules, RuleFault, RuleSet, Translation } from './types.ts';

/** Translates the patterns of a set. What cannot be translated is a fault; the rule does not run. */
export function prepareRules(set: RuleSet): PreparedRules {
  const faults: RuleFault[] = [...set.faults];
  const translations = set.rules.map(({ test, name, file, line }): Translation | undefined => {
    if (!('pattern' in test)) return undefined;
    try {
      return translatePattern(test.pattern);
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      faults.push({ file, line, rule: name, text: error.message, level: 'error' });
      return undefined;
    }
  });
  return { ...set, faults, translations };
}

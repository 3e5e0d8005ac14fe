import { existsSync, readFileSync } from 'node:fs';
import type { RulesSettings } from '../filter/rules/settings.ts';
import type { PreparedRules } from '../filter/rules/types.ts';
import { parseScores } from '../filter/scores-file.ts';
import { FITTED_SCORES } from './rules.ts';

/**
 * The fitted scores of what is no rule: checks and composites. Those of rules are read with the rules, where files of the
 * site may change them. Empty when they are not wanted.
 */
export function readFittedScores(
  { shipped, fitted }: Pick<RulesSettings, 'shipped' | 'fitted'>,
  { rules }: Pick<PreparedRules, 'rules'>,
): Record<string, number> {
  if (!shipped || !fitted || !existsSync(FITTED_SCORES)) return {};
  const { scores } = parseScores(readFileSync(FITTED_SCORES, 'utf8'));
  const names = new Set(rules.map(({ name }) => name));
  return Object.fromEntries(Object.entries(scores).filter(([symbol]) => !names.has(symbol)));
}

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { parseRules, type RuleFile } from '../filter/rules/language/parse.ts';
import { RULE_LIMITS } from '../filter/rules/limits.ts';
import { prepareRules } from '../filter/rules/prepare.ts';
import type { RulesSettings } from '../filter/rules/settings.ts';
import type { PreparedRules, RuleFault } from '../filter/rules/types.ts';

/** The rules that come with the program, beside `src/` and `dist/`. */
export const SHIPPED_RULES = join(import.meta.dirname, '..', '..', 'rules');

/** Scores fitted on mail (`tamis scores fit`), in the language of the rules. */
export const FITTED_SCORES = join(SHIPPED_RULES, 'scores');

/** Bytes of a rule file; the longest of the stock ones has 500,000. */
const MAX_FILE = 16 * 1024 * 1024;

/**
 * Reads rule files, and the `*.cf` files of folders, and translates them. Never throws: a file that cannot be read, or
 * a rule that cannot be used, is a fault.
 */
export function readRules({ shipped, fitted, files, network, language }: RulesSettings): PreparedRules {
  const faults: RuleFault[] = [];
  const ours = [SHIPPED_RULES, ...(fitted ? [FITTED_SCORES] : [])].filter((path) => existsSync(path));
  const paths = [...(shipped ? ours : []), ...files].flatMap((path) => ruleFiles(path, faults));
  if (paths.length > RULE_LIMITS.files)
    faults.push({ file: paths[RULE_LIMITS.files] ?? '', line: 0, text: 'one file too many', level: 'error' });
  const read = paths.slice(0, RULE_LIMITS.files).flatMap((path) => readRuleFile(path, faults) ?? []);
  const set = parseRules(read, {
    language,
    localTestsOnly: !network,
    include: (path, from) => readRuleFile(isAbsolute(path) ? path : join(dirname(from), path), []),
  });
  return prepareRules({ ...set, faults: [...faults, ...set.faults] });
}

function ruleFiles(path: string, faults: RuleFault[]): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    return readdirSync(path)
      .filter((name) => name.endsWith('.cf') && !basename(name).startsWith('.'))
      .toSorted()
      .map((name) => join(path, name));
  } catch (error) {
    faults.push({ file: path, line: 0, text: (error as Error).message, level: 'error' });
    return [];
  }
}

function readRuleFile(path: string, faults: RuleFault[]): RuleFile | undefined {
  try {
    const { size } = statSync(path);
    if (size > MAX_FILE) throw new Error(`has ${size} bytes, more than ${MAX_FILE}`);
    // Rules are about bytes.
    return { name: path, text: readFileSync(path, 'latin1') };
  } catch (error) {
    faults.push({ file: path, line: 0, text: (error as Error).message, level: 'error' });
    return undefined;
  }
}

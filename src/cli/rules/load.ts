import { resolve } from 'node:path';
import { loadConfig } from '../../config/load.ts';
import { readRules } from '../../config/rules.ts';
import { createRuleEngine, type RuleEngine } from '../../filter/rules/engine.ts';
import { type RulesSettings, scoreSetOf } from '../../filter/rules/settings.ts';
import type { PreparedRules } from '../../filter/rules/types.ts';

export interface LoadedRules {
  readonly rules: PreparedRules;
  readonly settings: RulesSettings;
  readonly engine: RuleEngine;
}

/**
 * The rules of the configuration, or those of `files` with its other settings. All sub-rules run, also those nothing
 * asks for. Throws `ConfigError`.
 */
export function loadRules(files: readonly string[] | undefined, config: string | undefined): LoadedRules {
  const configured = loadConfig(config, process.env).config.filter.rules;
  const settings =
    files === undefined || files.length === 0
      ? configured
      : { ...configured, shipped: false, files: files.map((file) => resolve(file)) };
  const rules = readRules(settings);
  return {
    rules,
    settings,
    engine: createRuleEngine(rules, { scoreSet: scoreSetOf(settings), keepUnused: true }),
  };
}

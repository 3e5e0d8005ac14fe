/** The rules of the configured files as a check. */
import type { Log } from '../../log.ts';
import type { Check, CheckHit } from '../types.ts';
import { createRuleEngine, type RuleEngine } from './engine.ts';
import type { RunObserver } from './engine/patterns.ts';
import { withAskdns } from './network/network.ts';
import { type RulesSettings, scoreSetOf } from './settings.ts';
import type { PreparedRules } from './types.ts';

export interface RulesCheckOptions {
  settings: RulesSettings;
  log: Log;
  /** Symbols of other checks: rules of the same names count for metas, and are not reported a second time. */
  taken?: ReadonlySet<string>;
  /** Number of the rule that runs, plus one, for who watches from outside; 0 when none does. */
  mark?: (rule: number) => void;
}

/** A rule whose failures were logged is not logged again: it fails on every message. */
const MAX_FAILURES_LOGGED = 1;

/** Symbols and scores are those of the rules; sub-rules (`__…`) and rules with score 0 are not reported. */
export function createRulesCheck(rules: PreparedRules, options: RulesCheckOptions): Check {
  const { settings, log, mark, taken = new Set<string>() } = options;
  const engine = createRuleEngine(withAskdns(rules), { scoreSet: scoreSetOf(settings) });
  const { program } = engine;
  const symbols: Record<string, { score: number; description: string }> = {};
  program.rules.forEach(({ name, description }, index) => {
    if (program.reports[index] === 1 && !taken.has(name))
      symbols[name] = { score: program.scores[index] ?? 0, description };
  });
  const observer = watching(engine, log, mark);
  return {
    name: 'rules',
    symbols,
    async run(context) {
      const { hits } = await engine.run(context, observer);
      return hits.flatMap(({ rule, evidence }): CheckHit | [] => {
        const symbol = program.rules[rule]?.name ?? '';
        if (!Object.hasOwn(symbols, symbol)) return [];
        const detail = evidence === undefined ? '' : printable(evidence);
        return detail === '' ? { symbol } : { symbol, detail };
      });
    },
  };
}

function watching(
  { program }: RuleEngine,
  log: Log,
  mark: (rule: number) => void = () => undefined,
): RunObserver {
  const failures = new Map<number, number>();
  return {
    before: (rule) => mark(rule + 1),
    after: () => mark(0),
    failed(rule, error) {
      const count = (failures.get(rule) ?? 0) + 1;
      failures.set(rule, count);
      if (count > MAX_FAILURES_LOGGED) return;
      const { name = '', file = '', line = 0 } = program.rules[rule] ?? {};
      log.warn({ rule: name, file, line, error: String(error) }, 'rule failed');
    },
  };
}

/** Bytes as text of one line. */
function printable(octets: string): string {
  return Buffer.from(octets, 'latin1')
    .toString('utf8')
    .replace(/[\p{C}\s]+/gu, ' ')
    .trim();
}

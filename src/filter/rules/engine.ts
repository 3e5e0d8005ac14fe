/** The rules of a set of files, ready for messages. */
import type { CheckContext } from '../types.ts';
import { createDomains } from '../views/domains.ts';
import type { RelayView, Views } from '../views/types.ts';
import { createViews } from '../views/views.ts';
import { compileProgram, type Program } from './engine/program.ts';
import { runProgram, type RunResult } from './engine/run.ts';
import type { RunObserver } from './engine/patterns.ts';
import { settingValues } from './engine/setting-values.ts';
import { evalFunctions } from './evals/index.ts';
import type { EvalFunction, RuleSettingValues } from './evals/types.ts';
import { readDelimited } from './regex/delimiters.ts';
import { PatternError } from './regex/syntax.ts';
import { compilePattern } from './regex/translate.ts';
import { readRelays } from './relays/relays.ts';
import type { PreparedRules, RuleFault, RuleSet } from './types.ts';

export interface RuleEngineOptions {
  /** Which of a rule's four scores counts: 1 for network, 2 for Bayes, added. */
  scoreSet: number;
  /** Default: the table of `evals/index.ts`. */
  evals?: ReadonlyMap<string, EvalFunction>;
  /** Reads the Received fields of a message; default: {@link readRelays}. */
  relays?: (context: CheckContext, settings: RuleSettingValues) => RelayView;
  /** Sub-rules that nothing asks for run too. */
  keepUnused?: boolean;
}

export interface RuleEngine {
  readonly program: Program;
  readonly settings: RuleSettingValues;
  /** What of the set cannot be used, beside what its parser found. */
  readonly faults: readonly RuleFault[];
  views(context: CheckContext): Views;
  run(context: CheckContext, observer?: RunObserver, views?: Views): Promise<RunResult>;
}

const NO_OBSERVER: RunObserver = { before: () => undefined, after: () => undefined, failed: () => undefined };

export function createRuleEngine(set: PreparedRules, options: RuleEngineOptions): RuleEngine {
  const { scoreSet, evals = evalFunctions, keepUnused = false, relays = readRelays } = options;
  const program = compileProgram(set, { scoreSet, evals, keepUnused });
  const settings = settingValues(set.settings);
  const { redirectors, faults } = compileRedirectors(set);
  const domains = createDomains(settings.derived(addedSuffixes));
  const views = (context: CheckContext): Views =>
    createViews(context, { redirectors, domains, relays: (one) => relays(one, settings) });
  return {
    program,
    settings,
    faults: [...program.faults, ...faults],
    views,
    run: (context, observer = NO_OBSERVER, made = views(context)) =>
      runProgram(program, context, made, settings, observer),
  };
}

/** Suffixes under which domains are registered, besides those of the public list. */
const addedSuffixes = (settings: RuleSettingValues): ReadonlySet<string> =>
  new Set(
    ['util_rb_tld', 'util_rb_2tld', 'util_rb_3tld'].flatMap((name) =>
      settings.all(name).flatMap((value) => value.toLowerCase().split(/\s+/)),
    ),
  );

function compileRedirectors(set: RuleSet): { redirectors: RegExp[]; faults: RuleFault[] } {
  const redirectors: RegExp[] = [];
  const faults: RuleFault[] = [];
  for (const { value, file, line } of set.settings.get('redirector_pattern') ?? [])
    try {
      redirectors.push(compilePattern(readDelimited(value), true));
    } catch (error) {
      if (!(error instanceof PatternError)) throw error;
      faults.push({ file, line, text: `redirector_pattern: ${error.message}`, level: 'error' });
    }
  return { redirectors, faults };
}

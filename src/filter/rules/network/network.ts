/** Answers what the rules of the configured files ask the DNS. */
import type { Log } from '../../../log.ts';
import { normalName } from '../../../net/dns-name.ts';
import { ListHealth } from '../../dns-lists/health.ts';
import type { DnsListsSettings } from '../../dns-lists/settings.ts';
import type { RuleNetwork } from '../evals/types.ts';
import type { PreparedRules, Rule } from '../types.ts';
import { askdnsFunctions } from './askdns.ts';
import { hashblFunctions } from './hashbl.ts';
import { type ListMemory, Lookups } from './lookups.ts';
import { rblFunctions } from './rbl.ts';
import { type Subtest, subtestOf } from './subtest.ts';
import { type AskFunction, type AskingRule, type ListSet, zoneOf } from './types.ts';
import { uridnsblFunctions } from './uridnsbl.ts';

/** The table of what is answered; what is not in it hits nothing. Add one: a line in the table of its family. */
const FUNCTIONS: ReadonlyMap<string, AskFunction> = new Map(
  [rblFunctions, uridnsblFunctions, hashblFunctions, askdnsFunctions].flatMap((family) =>
    Object.entries(family),
  ),
);

/** Tests of rules remembered; a set of rules has some hundred. */
const MOST_TESTS = 5000;

export interface RuleNetworkOptions {
  rules: Pick<PreparedRules, 'rules'>;
  settings: Pick<DnsListsSettings, 'timeLimit' | 'pause' | 'exempt'>;
  log: Log;
  /** Milliseconds; default `performance.now`. */
  clock?: () => number;
}

/**
 * A message asks within the budget of its resolver and `timeLimit`; without a resolver nothing is asked. Lists that refuse
 * or do not answer rest as those of `dns_lists` do.
 */
export function createRuleNetwork(options: RuleNetworkOptions): RuleNetwork {
  const { rules, settings, log, clock = () => performance.now() } = options;
  const memory: ListMemory = {
    health: new ListHealth(settings.pause * 1000, log, clock),
    refusals: new Map(),
    names: new Map(),
  };
  const exempt = new Set(settings.exempt.map(normalName));
  const sets = setsOf(rules.rules);
  const tflags = new Map(rules.rules.map((rule) => [rule.name, new Set(rule.tflags)]));
  const subtests = new Map<string | undefined, Subtest>();
  const subtest = (text: string | undefined): Subtest => {
    let made = subtests.get(text);
    if (made === undefined) {
      made = subtestOf(text);
      if (subtests.size < MOST_TESTS) subtests.set(text, made);
    }
    return made;
  };
  // One for each message, made when its first rule asks.
  const lookupsOf = new WeakMap<object, Lookups>();

  return {
    ask({ function: name, args, rule }, context) {
      const ask = FUNCTIONS.get(name);
      const { resolver } = context;
      if (ask === undefined || resolver === undefined) return false;
      let lookups = lookupsOf.get(resolver);
      if (lookups === undefined) {
        lookups = new Lookups(resolver, memory, settings.timeLimit);
        lookupsOf.set(resolver, lookups);
      }
      const asking: AskingRule = { name: rule, args, tflags: tflags.get(rule) ?? new Set() };
      return ask(asking, { context, lookups, sets, exempt, subtest });
    },
  };
}

/** Zones by the names of sets, as `check_rbl` and `check_rbl_txt` rules state them. */
function setsOf(rules: readonly Rule[]): ReadonlyMap<string, ListSet> {
  const sets = new Map<string, ListSet>();
  for (const { test } of rules) {
    if (test.kind !== 'eval' || !/^check_rbl(?:_txt)?$/.test(test.function)) continue;
    const [set = '', zone = ''] = test.args;
    if (!sets.has(set))
      sets.set(set, { zone: zoneOf(zone), type: test.function === 'check_rbl' ? 'A' : 'TXT' });
  }
  return sets;
}

/** `askdns` rules as eval rules, which the engine runs. */
export function withAskdns(set: PreparedRules): PreparedRules {
  const rules = set.rules.map((rule): Rule => {
    const { test } = rule;
    if (test.kind !== 'network' || test.directive !== 'askdns') return rule;
    return { ...rule, test: { kind: 'eval', on: 'header', function: 'check_askdns', args: test.args } };
  });
  return { ...set, rules };
}

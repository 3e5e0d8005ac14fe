/** A set of rules made ready to run: patterns translated, metas in order, what nobody asks for left out. */
import type { EvalFunction, EvalRule } from '../evals/types.ts';
import { PatternError } from '../regex/syntax.ts';
import { compileLine, compileTranslation } from '../regex/translate.ts';
import type { PreparedRules, Rule, RuleFault, RuleTest, Translation } from '../types.ts';
import { type MetaRule, Metas } from './metas.ts';
import { type MimeScope, mimeScope, type MimeStep, mimeSteps } from './mime-rules.ts';
import { maxHitsOf, type PatternRule, PatternSet } from './patterns.ts';
import { compileUriDetail, type UriDetailRule } from './uri-rules.ts';

export interface ProgramOptions {
  /** Index in `Rule.scores`: 1 for network, 2 for Bayes, added. */
  scoreSet: number;
  evals: ReadonlyMap<string, EvalFunction>;
  /** Rules that nothing with a score asks for run as well: to see them all. */
  keepUnused?: boolean;
}

export interface EvalStep {
  readonly rule: number;
  readonly about: EvalRule;
  readonly run: EvalFunction;
  readonly args: readonly string[];
}

export interface HeaderStep {
  readonly rule: number;
  readonly field: string;
  readonly negated: boolean;
}

export interface Program {
  readonly rules: readonly Rule[];
  readonly faults: readonly RuleFault[];
  /** 1 for rules that are reported: their hits count, and their evidence is kept. */
  readonly reports: Uint8Array;
  readonly scores: Float64Array;
  readonly body: PatternSet;
  readonly rawbody: PatternSet;
  readonly full: PatternSet;
  readonly uri: PatternSet;
  /** By field with modifiers; a field that is not there is read as ''. */
  readonly headers: readonly { field: string; set: PatternSet }[];
  /** Header rules with a value of their own for a field that is not there. */
  readonly unset: readonly { field: string; value: string; set: PatternSet }[];
  readonly exists: readonly HeaderStep[];
  readonly mime: readonly MimeStep[];
  readonly uriDetails: readonly UriDetailRule[];
  /** In the order of their priority. */
  readonly evals: readonly EvalStep[];
  readonly metas: Metas;
  /** Index by name. */
  readonly ruleIndex: ReadonlyMap<string, number>;
  /** Rules that run. */
  readonly active: number;
}

/** Never throws for what the rules hold: what cannot run is left out, with a fault. */
export function compileProgram(set: PreparedRules, options: ProgramOptions): Program {
  return new Compiler(set, options).compile();
}

class Compiler {
  private readonly rules: readonly Rule[];
  private readonly translations: readonly (Translation | undefined)[];
  private readonly options: ProgramOptions;
  private readonly faults: RuleFault[] = [];
  private readonly indexOf = new Map<string, number>();

  constructor(set: PreparedRules, options: ProgramOptions) {
    this.rules = set.rules;
    this.translations = set.translations;
    this.options = options;
    set.rules.forEach(({ name }, index) => this.indexOf.set(name, index));
  }

  compile(): Program {
    const scores = Float64Array.from(this.rules, (rule) => this.scoreOf(rule));
    const reports = Uint8Array.from(this.rules, ({ name }, index) =>
      Number(!name.startsWith('__') && scores[index] !== 0),
    );
    const enabled = this.rules.map(
      (rule, index) => (reports[index] === 1 || rule.name.startsWith('__')) && this.isWanted(rule),
    );
    const metas = this.metas(enabled);
    const active = this.options.keepUnused === true ? enabled : this.needed(enabled, reports, metas);
    const ordered = this.rules
      .map((rule, index) => ({ rule, index }))
      .filter(({ index }) => active[index])
      .toSorted((one, other) => one.rule.priority - other.rule.priority);

    const patterns = this.patterns(ordered);
    const fieldsOf = (rules: readonly (PatternRule & { field: string })[]): [string, PatternSet][] =>
      [...Map.groupBy(rules, ({ field }) => field)].map(([field, group]) => [field, new PatternSet(group)]);
    return {
      rules: this.rules,
      reports,
      scores,
      body: new PatternSet(patterns.body),
      rawbody: new PatternSet(patterns.rawbody),
      full: new PatternSet(patterns.full),
      uri: new PatternSet(patterns.uri),
      headers: fieldsOf(patterns.header).map(([field, group]) => ({ field, set: group })),
      unset: patterns.unset.map(({ value, ...rule }) => ({
        field: rule.field,
        value,
        set: new PatternSet([rule]),
      })),
      exists: ordered.flatMap(({ rule: { test }, index }) =>
        test.kind === 'exists' ? [{ rule: index, field: test.field, negated: test.negated }] : [],
      ),
      mime: mimeSteps(patterns.mime),
      uriDetails: patterns.uriDetails,
      evals: this.evals(ordered),
      metas,
      ruleIndex: this.indexOf,
      faults: this.faults,
      active: ordered.length,
    };
  }

  private scoreOf({ scores }: Rule): number {
    return scores[this.options.scoreSet & 3] ?? 0;
  }

  /** Rules that ask the network are for the score sets with network; metas of them run all the same. */
  private isWanted({ tflags, test }: Rule): boolean {
    const network = (this.options.scoreSet & 1) === 1;
    return network || (test.kind !== 'network' && (test.kind === 'meta' || !tflags.includes('net')));
  }

  private fault(rule: Rule, text: string, level: RuleFault['level'] = 'error'): void {
    this.faults.push({ file: rule.file, line: rule.line, rule: rule.name, text, level });
  }

  private metas(enabled: readonly boolean[]): Metas {
    const list: MetaRule[] = [];
    this.rules.forEach(({ name, test }, rule) => {
      if (enabled[rule] === true && test.kind === 'meta')
        list.push({ rule, name, expression: test.expression });
    });
    const metas = new Metas(list, this.indexOf, this.rules.length);
    for (const { rule, text, fatal } of metas.faults) {
      const about = this.rules[rule];
      if (about !== undefined) this.fault(about, text, fatal ? 'error' : 'note');
    }
    return metas;
  }

  /** Rules with a score, and all that they use. */
  private needed(enabled: readonly boolean[], reports: Uint8Array, metas: Metas): boolean[] {
    const needed = this.rules.map(() => false);
    const open = this.rules.flatMap((_, index) =>
      enabled[index] === true && reports[index] === 1 ? [index] : [],
    );
    for (let rule = open.pop(); rule !== undefined; rule = open.pop()) {
      if (needed[rule] === true || enabled[rule] !== true) continue;
      needed[rule] = true;
      open.push(...(metas.uses.get(rule) ?? []));
    }
    return needed;
  }

  private evals(ordered: readonly { rule: Rule; index: number }[]): EvalStep[] {
    const unknown = new Map<string, Rule>();
    const steps = ordered.flatMap(({ rule, index }): EvalStep[] => {
      const { test, name } = rule;
      if (test.kind !== 'eval') return [];
      const run = this.options.evals.get(test.function);
      if (run === undefined) {
        if (!unknown.has(name)) this.fault(rule, `eval function ${test.function} is not known`);
        unknown.set(name, rule);
        return [];
      }
      const about = { name, on: test.on, tflags: new Set(rule.tflags) };
      return [{ rule: index, about, run, args: test.args }];
    });
    return steps;
  }

  private patterns(ordered: readonly { rule: Rule; index: number }[]) {
    const sets = {
      body: [] as PatternRule[],
      rawbody: [] as PatternRule[],
      full: [] as PatternRule[],
      uri: [] as PatternRule[],
      header: [] as (PatternRule & { field: string })[],
      unset: [] as (PatternRule & { field: string; value: string })[],
      mime: [] as { scope: MimeScope; pattern: PatternRule }[],
      uriDetails: [] as UriDetailRule[],
    };
    for (const { rule, index } of ordered)
      try {
        this.add(sets, rule.test, rule, index);
      } catch (error) {
        if (!(error instanceof PatternError)) throw error;
        this.fault(rule, error.message);
      }
    return sets;
  }

  private add(sets: ReturnType<Compiler['patterns']>, test: RuleTest, rule: Rule, index: number): void {
    if (test.kind === 'uri_detail') {
      sets.uriDetails.push(compileUriDetail(index, test.conditions));
      return;
    }
    const translation = this.translations[index];
    if (!('pattern' in test) || translation === undefined) return;
    const pattern = patternRule(test, rule, index, translation);
    switch (test.kind) {
      case 'header': {
        const { field, ifUnset } = test;
        if (ifUnset === undefined) sets.header.push({ ...pattern, field });
        else sets.unset.push({ ...pattern, field, value: ifUnset });
        return;
      }
      case 'mimeheader':
        sets.mime.push({ scope: mimeScope({ ...test, ifUnset: test.ifUnset }, rule.tflags), pattern });
        return;
      default:
        sets[test.kind].push(pattern);
    }
  }
}

function patternRule(test: RuleTest, { tflags }: Rule, index: number, translation: Translation): PatternRule {
  const expression = compileTranslation(translation);
  const negated = 'negated' in test && test.negated;
  const maxHits = negated ? 1 : maxHitsOf(tflags);
  const { positions } = translation;
  return {
    rule: index,
    expression: maxHits > 1 ? new RegExp(expression.source, `${expression.flags}g`) : expression,
    line:
      translation.perLine === undefined
        ? undefined
        : { expression: compileLine(translation), bytes: translation.perLine },
    literals: translation.literals,
    copies: translation.copies,
    also: translation.also,
    positions,
    bytes: translation.bytes,
    negated,
    maxHits,
    skipsFirst: test.kind === 'body' && tflags.includes('nosubject'),
  };
}

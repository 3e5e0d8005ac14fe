import type { CheckContext } from '../../types.ts';
import type { Views } from '../../views/types.ts';
import type { EvalKind } from '../types.ts';

/** The rule an eval function runs for. */
export interface EvalRule {
  readonly name: string;
  readonly on: EvalKind;
  readonly tflags: ReadonlySet<string>;
}

/** Settings of the rule files (freemail_domains, trusted_networks, …), the same for every message. */
export interface RuleSettingValues {
  /** All values given for a directive, in order, as written after its name. */
  all(directive: string): readonly string[];
  /** The last one. */
  last(directive: string): string | undefined;
  /** What is worked out of the settings once, for all messages; `make` must be a function of a module. */
  derived<T>(make: (settings: RuleSettingValues) => T): T;
}

/** What a rule wants to know of a list in the DNS, as it stands in the rule. */
export interface NetworkQuestion {
  readonly function: string;
  readonly args: readonly string[];
  readonly rule: string;
}

/** Answers questions to the DNS; must not throw, and answers no for what it cannot find out. */
export interface RuleNetwork {
  ask(question: NetworkQuestion, context: EvalContext): boolean | number | Promise<boolean | number>;
}

export interface EvalContext extends CheckContext {
  readonly views: Views;
  readonly settings: RuleSettingValues;
  /** What is worked out of one message once; `make` must be a function of a module. */
  derived<T>(make: (context: EvalContext) => T): T;
  /** Hits of another rule so far; 0 for one that has not run. */
  hits(rule: string): number;
}

/**
 * An eval function: answers whether (or how often) it hits. Arguments are those of the rule, quotes removed. It must
 * be bounded, and must not throw for what a message holds.
 */
export type EvalFunction = (
  context: EvalContext,
  args: readonly string[],
  rule: EvalRule,
) => boolean | number | Promise<boolean | number>;

import type { EvalContext } from '../evals/types.ts';
import type { Lookups } from './lookups.ts';
import type { Subtest } from './subtest.ts';

/** A rule that asks, as it stands in the rule files. */
export interface AskingRule {
  readonly name: string;
  readonly args: readonly string[];
  readonly tflags: ReadonlySet<string>;
}

/** A list that rules with `check_rbl_sub` refer to by the name of its set. */
export interface ListSet {
  readonly zone: string;
  readonly type: 'A' | 'TXT';
}

/** What a question has at hand. */
export interface Asking {
  readonly context: EvalContext;
  readonly lookups: Lookups;
  readonly sets: ReadonlyMap<string, ListSet>;
  /** Domains that are never asked for. */
  readonly exempt: ReadonlySet<string>;
  /** Tests are read once. */
  subtest(text: string | undefined): Subtest;
}

/** Whether, or how often, a rule hits. It must be bounded; it never rejects for what the message or the DNS holds. */
export type AskFunction = (rule: AskingRule, asking: Asking) => Promise<boolean>;

/** A zone without the root's dot, in lower case. */
export const zoneOf = (text: string): string => text.trim().replace(/\.$/, '').toLowerCase();

/** Whether any of the answers to any of the questions is meant; all are asked at once. */
export async function anyAnswer(
  { lookups }: Asking,
  list: { name: string; zone: string; type: 'A' | 'TXT' },
  questions: Iterable<string>,
  subtest: Subtest,
): Promise<boolean> {
  const answers = await Promise.all(
    [...new Set(questions)].map((question) =>
      lookups.list(list.name, list.zone, `${question}.${list.zone}`, list.type),
    ),
  );
  return answers.some((answer) => answer.some(subtest));
}

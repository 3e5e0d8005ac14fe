/** `mimeheader` rules: the fields of each part. */
import type { MimeHeader } from '../../views/types.ts';
import { type PatternRule, PatternSet, type RunState } from './patterns.ts';

/** Which parts a rule reads, and how: the same for all rules of a step. */
export interface MimeScope {
  readonly field: string;
  readonly raw: boolean;
  /** What is read where a part has no such field; '' unless said. */
  readonly ifUnset: string | undefined;
  /** Hits when no part matches. */
  readonly negated: boolean;
  /** `tflags concat`: the fields of all parts are one text. */
  readonly concat: boolean;
  /** `tflags range=2-3`: the first and the last part, counted from 1, the message itself. */
  readonly from: number;
  readonly to: number;
}

export interface MimeStep extends MimeScope {
  readonly rules: readonly number[];
  readonly set: PatternSet;
}

/** One range; `range=2`, `range=2-`, `range=-3`, `range=2-3`. */
const RANGE = /^range=(\d{0,4})(-?)(\d{0,4})$/;

export function mimeScope(
  { field, raw, ifUnset, negated }: Pick<MimeScope, 'field' | 'raw' | 'ifUnset' | 'negated'>,
  tflags: readonly string[],
): MimeScope {
  const [, first = '', dash = '', last = ''] = tflags.map((flag) => RANGE.exec(flag)).find(Boolean) ?? [];
  const end = dash === '' ? first : last;
  return {
    field,
    raw,
    ifUnset,
    negated,
    concat: tflags.includes('concat'),
    from: first === '' ? 1 : Number(first),
    to: end === '' ? Infinity : Number(end),
  };
}

export function mimeSteps(rules: readonly { scope: MimeScope; pattern: PatternRule }[]): readonly MimeStep[] {
  // What stands for infinity in JSON does not matter: it is the same for all.
  const groups = Map.groupBy(rules, ({ scope }) => JSON.stringify(scope));
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    // The step turns the answer round, when all parts were read.
    const patterns = group.map(({ pattern }) => ({ ...pattern, negated: false }));
    return [{ ...first.scope, rules: patterns.map(({ rule }) => rule), set: new PatternSet(patterns) }];
  });
}

export function runMimeStep(step: MimeStep, parts: readonly MimeHeader[], state: RunState): void {
  const { field, raw, set, ifUnset, concat, negated } = step;
  let all = '';
  const last = Math.min(parts.length, step.to);
  for (let at = Math.max(0, step.from - 1); at < last; at++) {
    const values = parts[at]!.values(field, raw);
    const text = values.length > 0 ? values.join('') : (ifUnset ?? '');
    if (concat) all += text.endsWith('\n') ? text : `${text}\n`;
    else if (text === '') set.runEmpty(state);
    else set.run([text], state);
  }
  if (concat) set.run([all], state);
  if (negated) for (const rule of step.rules) state.values[rule] = state.values[rule] === 0 ? 1 : 0;
}

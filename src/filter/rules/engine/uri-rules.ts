import type { UriDetail } from '../../views/types.ts';
import { compilePattern } from '../regex/translate.ts';
import type { UriCondition } from '../types.ts';

/** A `uri_detail` rule: hits when one address fulfils all conditions. */
export interface UriDetailRule {
  readonly rule: number;
  readonly conditions: readonly { key: UriCondition['key']; negated: boolean; expression: RegExp }[];
}

/** Throws `PatternError`. */
export function compileUriDetail(rule: number, conditions: readonly UriCondition[]): UriDetailRule {
  return {
    rule,
    conditions: conditions.map(({ key, negated, pattern }) => ({
      key,
      negated,
      expression: compilePattern(pattern),
    })),
  };
}

/** The address that fulfils all conditions, if one does. */
export function matchUriDetail(rule: UriDetailRule, details: readonly UriDetail[]): UriDetail | undefined {
  return details.find((detail) =>
    rule.conditions.every(({ key, negated, expression }) => {
      const texts = textsOf(detail, key);
      // Negated: none of its texts may match, and there must be one.
      return texts.length > 0 && texts.some((text) => expression.test(text)) !== negated;
    }),
  );
}

function textsOf(detail: UriDetail, key: UriCondition['key']): readonly string[] {
  switch (key) {
    case 'raw':
      return [detail.raw];
    case 'type':
      return [...detail.types];
    case 'cleaned':
      return detail.cleaned;
    case 'text':
      return detail.anchorTexts;
    case 'domain':
      return [...new Set(detail.hosts.values())];
    case 'host':
      return [...detail.hosts.keys()];
  }
}

import { compilePattern } from '../../regex/translate.ts';

/** A number of a rule's arguments; NaN, which no comparison likes, for what is none. */
export const numberOf = (text: string | undefined): number => (text === undefined ? NaN : Number(text));

/** Whether `min < value <= max`, `max` being open when it is absent or `inf`. */
export function isWithin(value: number, min: string | undefined, max: string | undefined): boolean {
  return value > numberOf(min) && (max === undefined || max === 'inf' || value <= numberOf(max));
}

/** Whether `min <= value <= max`, `max` being open when it is absent or `inf`. */
export function isFrom(value: number, min: string | undefined, max: string | undefined): boolean {
  return value >= numberOf(min) && (max === undefined || max === 'inf' || value <= numberOf(max));
}

/** Patterns in arguments of rules: there are few, and they come again with every message. */
const compiled = new Map<string, RegExp>();
const MAX_COMPILED = 1000;

/** A Perl pattern among the arguments. Throws `PatternError` for one that cannot be used: the rule is reported as failing. */
export function patternOf(source: string): RegExp {
  let pattern = compiled.get(source);
  if (pattern === undefined) {
    const delimited = /^m?([/{])(.*)[/}]([a-z]*)$/s.exec(source);
    pattern = compilePattern({ source: delimited?.[2] ?? source, flags: delimited?.[3] ?? '' });
    if (compiled.size >= MAX_COMPILED) compiled.clear();
    compiled.set(source, pattern);
  }
  return pattern;
}

/** Whether a value fulfils `< 512`, `!= 0` and the like; `null` for what is no comparison. */
export function compares(value: number, comparison: string): boolean | null {
  const [, operator = '', number = ''] = /^\s*([<>=!]=?)\s*(-?\d{1,15})\s*$/.exec(comparison) ?? [];
  const other = Number(number);
  switch (operator) {
    case '<':
      return value < other;
    case '<=':
      return value <= other;
    case '>':
      return value > other;
    case '>=':
      return value >= other;
    case '==':
      return value === other;
    case '!=':
      return value !== other;
    default:
      return null;
  }
}

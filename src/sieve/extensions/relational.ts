import type { StringValue } from '../call.ts';
import type { Compiler } from '../compiler.ts';
import type { Extension, MatchContext, Matcher, MatchType } from '../definitions.ts';
import { shorten } from '../lexer.ts';

type Relation = (order: number) => boolean;

/** RFC 5231 §4.1: what the order of value and key must be. */
const relations: ReadonlyMap<string, Relation> = new Map<string, Relation>([
  ['gt', (order) => order > 0],
  ['ge', (order) => order >= 0],
  ['lt', (order) => order < 0],
  ['le', (order) => order <= 0],
  ['eq', (order) => order === 0],
  ['ne', (order) => order !== 0],
]);

function relationOf(
  argument: StringValue | undefined,
  tag: string,
  compiler: Compiler,
): Relation | undefined {
  const name = argument?.constant?.toLowerCase();
  const relation = relations.get(name ?? '');
  if (argument === undefined || relation !== undefined) return relation;
  compiler.diagnostics.error(
    argument,
    name === undefined
      ? `argument of :${tag} must be constant, without variables`
      : `:${tag}: ${JSON.stringify(shorten(name))} is not one of "gt", "ge", "lt", "le", "eq" and "ne"`,
  );
  return undefined;
}

/** Whether one of the values stands in the relation to one of the keys. */
function matcherOf(
  { comparator, keys, argument }: MatchContext,
  tag: string,
  compiler: Compiler,
  valuesOf: (values: readonly string[]) => readonly string[],
): Matcher {
  const relation = relationOf(argument, tag, compiler);
  const constants = keys.constant?.map((key) => comparator.fold(key));
  return {
    match(state, values) {
      if (relation === undefined) return false;
      const folded = constants ?? state.fold(comparator, keys.get(state));
      const compared = state.fold(comparator, valuesOf(values));
      state.spend(Math.floor((compared.length * folded.length) / 16));
      return compared.some((value) => folded.some((key) => relation(comparator.order(value, key))));
    },
  };
}

/** RFC 5231 §4.1. */
const value: MatchType = {
  name: 'value',
  substring: false,
  argument: true,
  compile: (context, _call, compiler) => matcherOf(context, 'value', compiler, (values) => values),
};

/** RFC 5231 §4.2: how many values there are, as a decimal number, which the comparator compares. */
const count: MatchType = {
  name: 'count',
  substring: false,
  argument: true,
  compile(context, call, compiler) {
    const relation = context.argument?.constant?.toLowerCase() ?? '';
    const ordered = relations.has(relation) && relation !== 'eq' && relation !== 'ne';
    if (ordered && context.comparator.name !== 'i;ascii-numeric')
      compiler.diagnostics.warning(
        call,
        `${call.name}: :count compares digits as text here ("10" is less than "9"): use :comparator "i;ascii-numeric"`,
      );
    return matcherOf(context, 'count', compiler, (values) => [String(values.length)]);
  },
};

/** RFC 5231. */
export const relational: Extension = {
  capability: 'relational',
  matchTypes: [value, count],
};

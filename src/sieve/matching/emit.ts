import type { Call, StringList } from '../call.ts';
import type { Compiler } from '../compiler.ts';
import type { Asking } from '../definitions.ts';
import { shorten } from '../lexer.ts';
import type { RunState } from '../state.ts';

/**
 * Where the values of a test come from; those that must ask the host are generators. With a `key`, tests of the same
 * key share them (see {@link RunState.values}).
 */
export type ValueSource = {
  /** False: wildcards set no match variables, whatever the script requires. */
  readonly captures?: false;
} & (
  | {
      readonly values: (state: RunState) => readonly string[];
      readonly key?: string | undefined;
      readonly ask?: undefined;
    }
  | {
      readonly ask: (state: RunState) => Asking<readonly string[]>;
      readonly key?: undefined;
      readonly values?: undefined;
    }
);

/** A key for values that depend on a list of names and the address part only; undefined when on more. */
export function valuesKey(call: Call, names: StringList): string | undefined {
  if (names.constant === undefined || call.modifiers.length > 0) return undefined;
  return `${call.name}\n${call.comparison.addressPart.name}\n${names.constant.join('\n').toLowerCase()}`;
}

/**
 * Emits a test that compares values with the keys of a parameter (or keys made of them), by the test's match type and
 * comparator.
 */
export function emitMatch(
  compiler: Compiler,
  call: Call,
  parameter: string | StringList,
  source: ValueSource,
): void {
  const keys = typeof parameter === 'string' ? call.strings(parameter) : parameter;
  const matcher = compiler.matcher(call, keys, source.captures);
  const { line } = call;
  const traced = (state: RunState, values: readonly string[], truth: boolean): boolean => {
    state.trace(() => describeMatch(state, call, keys, values, truth));
    return truth;
  };
  if (source.ask === undefined && matcher.ask === undefined) {
    const { key } = source;
    const run = (state: RunState): boolean => {
      const values = key === undefined ? source.values(state) : state.values(key, source.values);
      return traced(state, values, matcher.match(state, values));
    };
    compiler.emit({ op: 'test', line, run });
    return;
  }
  const run = function* (state: RunState): Asking<boolean> {
    const values = source.ask === undefined ? source.values(state) : yield* source.ask(state);
    const truth =
      matcher.ask === undefined ? matcher.match(state, values) : yield* matcher.ask(state, values);
    return traced(state, values, truth);
  };
  compiler.emit({ op: 'ask-test', line, run });
}

/** How many of many values and keys a line of the trace shows. */
const SHOWN = 8;

function describeMatch(
  state: RunState,
  call: Call,
  keys: StringList,
  values: readonly string[],
  truth: boolean,
): string {
  const { matchType, comparator, addressPart, argument } = call.comparison;
  const how = [
    call.name,
    addressPart.name === 'all' ? '' : `:${addressPart.name}`,
    `:${matchType.name}`,
    argument === undefined ? '' : quote(argument.get(state)),
    comparator.name === 'i;ascii-casemap' ? '' : comparator.name,
  ].filter((word) => word !== '');
  return `${how.join(' ')}: ${list(values)} against ${list(keys.get(state))}: ${truth}`;
}

function list(texts: readonly string[]): string {
  if (texts.length === 0) return 'no values';
  const more = texts.length > SHOWN ? `, and ${texts.length - SHOWN} more` : '';
  return texts.slice(0, SHOWN).map(quote).join(', ') + more;
}

function quote(text: string): string {
  return JSON.stringify(shorten(text));
}

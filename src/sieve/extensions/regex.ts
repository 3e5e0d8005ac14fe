import { RE2JS } from 're2js';
import type { Comparator, Extension, MatchType } from '../definitions.ts';
import { shorten } from '../lexer.ts';
import type { SieveLimits } from '../limits.ts';
import type { Folding } from '../regex/brackets.ts';
import { RegexError } from '../regex/error.ts';
import { translate } from '../regex/translate.ts';
import { Slot } from '../slot.ts';
import type { RunState } from '../state.ts';
import { setModifier } from './variables.ts';

interface Regex {
  readonly engine: RE2JS;
  /** See {@link Translated.states}. */
  readonly states: number;
}

/** What the comparator holds for the same; undefined for one that compares no text. */
function foldingOf(comparator: Comparator): Folding | undefined {
  if (comparator.name === 'i;octet') return 'octet';
  if (comparator.name === 'i;ascii-casemap') return 'ascii';
  return comparator.name === 'i;unicode-casemap' ? 'unicode' : undefined;
}

/** Throws a {@link RegexError}. */
function compileRegex(pattern: string, folding: Folding, limits: SieveLimits): Regex {
  const text = folding === 'unicode' ? pattern.normalize('NFC') : pattern;
  const { source, states } = translate(text, folding, {
    length: limits.regexLength,
    states: limits.regexStates,
  });
  // POSIX: "." is any character, and of several matches the leftmost and longest counts.
  const flags = RE2JS.DOTALL | RE2JS.LONGEST_MATCH | (folding === 'unicode' ? RE2JS.CASE_INSENSITIVE : 0);
  try {
    return { engine: RE2JS.compile(source, flags), states };
  } catch {
    // RE2 has limits of its own, of repetitions within repetitions.
    throw new RegexError('expression is too large for the engine');
  }
}

/** Expressions made in a run, by folding and pattern: a loop would compile them again and again. */
const compiledSlot = new Slot(() => new Map<string, Regex>());
const MAX_COMPILED = 64;

function compileInRun(pattern: string, folding: Folding, state: RunState): Regex {
  const known = state.slots.get(compiledSlot);
  const key = `${folding} ${pattern}`;
  let regex = known.get(key);
  if (regex === undefined) {
    try {
      regex = compileRegex(pattern, folding, state.limits);
    } catch (error) {
      if (!(error instanceof RegexError)) throw error;
      return state.fail(faultOf(pattern, error));
    }
    state.spend(1 + regex.states);
    if (known.size >= MAX_COMPILED) known.clear();
    known.set(key, regex);
  }
  return regex;
}

function faultOf(pattern: string, error: RegexError): string {
  return `:regex ${JSON.stringify(shorten(pattern))}: ${error.message}`;
}

/**
 * Work of a match at the worst, in units of `SieveLimits.steps`: RE2 looks at each state for each character when it
 * cannot do better, which takes some 20 ns.
 */
function costOf({ states }: Regex, length: number): number {
  return 1 + Math.floor((states * length) / 128);
}

/** What the groups stand for, behind the whole match; undefined when there is none. `shown` has the places of `text`. */
function groupsOf({ engine }: Regex, text: string, shown: string, most: number): string[] | undefined {
  const matcher = engine.matcher(text);
  if (!matcher.find()) return undefined;
  const found: string[] = [];
  for (let group = 0; group <= Math.min(engine.groupCount(), most); group++) {
    const start = matcher.start(group);
    found.push(start === -1 ? '' : shown.slice(start, matcher.end(group)));
  }
  return found;
}

/** draft-ietf-sieve-regex-01 §4: some part of the value matches an extended regular expression of POSIX. */
const regexMatch: MatchType = {
  name: 'regex',
  substring: true,
  compile({ comparator, keys, captures }, call, compiler) {
    const folding = foldingOf(comparator);
    if (folding === undefined) {
      compiler.diagnostics.error(
        call,
        `${call.name}: comparator "${comparator.name}" cannot be used with :regex`,
      );
      return { match: () => false };
    }
    const constants = new Map<string, Regex>();
    for (const item of keys.items) {
      if (item.constant === undefined) continue;
      try {
        constants.set(item.constant, compileRegex(item.constant, folding, compiler.limits));
      } catch (error) {
        if (!(error instanceof RegexError)) throw error;
        compiler.diagnostics.error(item, `${call.name}: ${faultOf(item.constant, error)}`);
      }
    }
    return {
      match(state, values) {
        const all = keys.get(state).map((key) => constants.get(key) ?? compileInRun(key, folding, state));
        const texts =
          folding === 'ascii'
            ? state.fold(comparator, values)
            : folding === 'unicode'
              ? values.map((value) => value.normalize('NFC'))
              : values;
        for (const [index, text] of texts.entries())
          for (const regex of all) {
            state.spend(costOf(regex, text.length));
            // Without the places, it is looked for much faster.
            if (!regex.engine.test(text)) continue;
            if (!captures) return true;
            state.spend(costOf(regex, text.length));
            const shown = folding === 'ascii' ? (values[index] ?? '') : text;
            const groups = groupsOf(regex, text, shown, state.limits.matchVariables);
            if (groups !== undefined) state.captures = groups;
            return true;
          }
        return false;
      },
    };
  },
};

/** draft-ietf-sieve-regex-01, and draft-murchison-sieve-regex-08 before it. */
export const regex: Extension = {
  capability: 'regex',
  matchTypes: [regexMatch],
  tags: {
    // draft-ietf-sieve-regex-01 §5.2: what is quoted matches itself.
    set: [setModifier('quoteregex', 20, (value) => value.replace(/[\\^$.[\]|()*+?{}]/g, '\\$&'))],
  },
};

import type { Comparator, MatchType } from '../definitions.ts';
import { matchPattern, parsePattern, type Pattern, patternCost, wildcards } from './pattern.ts';

/** `:matches`: the whole value fits a pattern with wildcards (RFC 5228 §2.7.1). */
export const matches: MatchType = {
  name: 'matches',
  substring: true,
  compile({ comparator, keys, captures }) {
    const compilePattern = (key: string): Form => ({ pattern: parsePattern(comparator.fold(key)), key });
    const constants = keys.constant?.map(compilePattern);
    return {
      match(state, values) {
        const forms = constants ?? keys.get(state).map(compilePattern);
        const folded = state.fold(comparator, values);
        for (const [index, value] of values.entries())
          for (const form of forms) {
            state.spend(patternCost(form.pattern, value.length));
            const found = matchOne(comparator, form, value, folded[index] ?? '', captures);
            if (found === undefined) continue;
            if (captures) state.captures = found;
            return true;
          }
        return false;
      },
    };
  },
};

/** A key and its pattern; the form for octets is made when it is first needed. */
interface Form {
  readonly pattern: Pattern;
  readonly key: string;
  octets?: Pattern;
}

/** What the wildcards stood for (empty when nobody wants to know), or undefined when the key does not match. */
function matchOne(
  comparator: Comparator,
  form: Form,
  value: string,
  folded: string,
  captures: boolean,
): readonly string[] | undefined {
  if (form.pattern.single && /[^\0-\x7f]/.test(folded)) {
    // With i;octet and i;ascii-casemap a character is an octet, also for `?` (RFC 5228 §2.7.1).
    form.octets ??= parsePattern(toOctets(comparator.fold(form.key)));
    const places = matchPattern(form.octets, toOctets(folded));
    if (places === undefined) return undefined;
    return captures ? wildcards(form.octets, toOctets(value), places).map(fromOctets) : [];
  }
  const places = matchPattern(form.pattern, folded);
  if (places === undefined) return undefined;
  return captures ? wildcards(form.pattern, value, places) : [];
}

/** One code unit for each octet of the UTF-8 form. */
function toOctets(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

function fromOctets(octets: string): string {
  return Buffer.from(octets, 'latin1').toString('utf8');
}

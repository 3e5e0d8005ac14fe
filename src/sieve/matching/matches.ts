import type { Comparator, MatchType } from '../definitions.ts';
import { matchPattern, parsePattern, type Pattern, patternCost, wildcards } from './pattern.ts';

/** `:matches`: the whole value fits a pattern with wildcards (RFC 5228 §2.7.1). */
export const matches: MatchType = {
  name: 'matches',
  substring: true,
  compile({ comparator, keys, captures }) {
    const compilePattern = (key: string): Form => ({
      pattern: parsePattern(key, (text) => comparator.fold(text)),
      key,
    });
    const constants = keys.constant?.map(compilePattern);
    return {
      match(state, values) {
        const forms = constants ?? keys.get(state).map(compilePattern);
        const folded = state.fold(comparator, values);
        for (const [index, value] of values.entries())
          for (const form of forms) {
            state.spend(
              patternCost(form.pattern, value.length) + letterCost(form.pattern, comparator, value),
            );
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

/** Work of {@link matchLetters}, which looks at each character. */
function letterCost({ single }: Pattern, comparator: Comparator, value: string): number {
  return single && comparator.places !== undefined ? value.length >> 3 : 0;
}

/** A key and its pattern; the form for octets is made when it is first needed. */
interface Form {
  readonly pattern: Pattern;
  readonly key: string;
  octets?: Pattern;
}

/**
 * The value and what the wildcards stood for (empty when nobody wants to know), or undefined when the key does not
 * match.
 */
function matchOne(
  comparator: Comparator,
  form: Form,
  value: string,
  folded: string,
  captures: boolean,
): readonly string[] | undefined {
  const { pattern } = form;
  if (pattern.single && /[^\0-\x7f]/.test(folded))
    return comparator.places === undefined
      ? matchOctets(comparator, form, value, folded, captures)
      : matchLetters(comparator, form.key, value, folded, captures);
  const places = matchPattern(pattern, folded);
  if (places === undefined) return undefined;
  return captures ? [value, ...wildcards(pattern, places, slicer(comparator, value))] : NOTHING;
}

const NOTHING: readonly string[] = [];

/** With i;octet and i;ascii-casemap a character is an octet, also for `?` (RFC 5228 §2.7.1). */
function matchOctets(
  comparator: Comparator,
  form: Form,
  value: string,
  folded: string,
  captures: boolean,
): readonly string[] | undefined {
  form.octets ??= parsePattern(form.key, (text) => toOctets(comparator.fold(text)));
  const places = matchPattern(form.octets, toOctets(folded));
  if (places === undefined) return undefined;
  if (!captures) return NOTHING;
  const octets = toOctets(value);
  return [value, ...wildcards(form.octets, places, (start, end) => fromOctets(octets.slice(start, end)))];
}

/** With a comparator that knows letters and their marks, one `?` stands for what a reader takes for one character. */
function matchLetters(
  comparator: Comparator,
  key: string,
  value: string,
  folded: string,
  captures: boolean,
): readonly string[] | undefined {
  const letters = new Letters();
  const { text, starts } = letters.of(folded);
  const pattern = parsePattern(key, (part) => letters.of(comparator.fold(part)).text);
  const places = matchPattern(pattern, text);
  if (places === undefined) return undefined;
  if (!captures) return NOTHING;
  const slice = slicer(comparator, value);
  return [value, ...wildcards(pattern, places, (start, end) => slice(starts[start] ?? 0, starts[end] ?? 0))];
}

/** Cuts the value by places in its folded form. */
function slicer(comparator: Comparator, value: string): (start: number, end: number) => string {
  const map = comparator.places?.(value);
  return (start, end) => value.slice(map?.[start] ?? start, map?.[end] ?? end);
}

/** Makes one code unit of each letter with the marks that follow it; the same unit of the same letters. */
class Letters {
  readonly #units = new Map<string, number>();

  /** The units, and where each letter begins, and the last ends. */
  of(text: string): { text: string; starts: readonly number[] } {
    const starts: number[] = [];
    let units = '';
    for (const { 0: letter, index } of text.matchAll(/.\p{M}*/gsu)) {
      starts.push(index);
      units += String.fromCharCode(this.#unitOf(letter));
    }
    starts.push(text.length);
    return { text: units, starts };
  }

  /** ASCII stays what it is; more than there are units for share the last. */
  #unitOf(letter: string): number {
    if (letter.length === 1 && letter < '\x80') return letter.charCodeAt(0);
    let unit = this.#units.get(letter);
    if (unit === undefined) this.#units.set(letter, (unit = Math.min(0x80 + this.#units.size, 0xffff)));
    return unit;
  }
}

/** One code unit for each octet of the UTF-8 form. */
function toOctets(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

function fromOctets(octets: string): string {
  return Buffer.from(octets, 'latin1').toString('utf8');
}

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
  const found = (pattern: Pattern, text: string, slice: () => (start: number, end: number) => string) => {
    const places = matchPattern(pattern, text);
    if (places === undefined) return undefined;
    return captures ? [value, ...wildcards(pattern, places, slice())] : [];
  };
  if (!form.pattern.single || !/[^\0-\x7f]/.test(folded))
    return found(form.pattern, folded, () => slicer(comparator, value));
  if (comparator.places !== undefined) {
    const letters = new Letters();
    const { text, starts } = letters.of(folded);
    const pattern = parsePattern(form.key, (part) => letters.of(comparator.fold(part)).text);
    return found(pattern, text, () => {
      const slice = slicer(comparator, value);
      return (start, end) => slice(starts[start] ?? 0, starts[end] ?? 0);
    });
  }
  // With i;octet and i;ascii-casemap a character is an octet, also for `?` (RFC 5228 §2.7.1).
  form.octets ??= parsePattern(form.key, (text) => toOctets(comparator.fold(text)));
  return found(form.octets, toOctets(folded), () => {
    const octets = toOctets(value);
    return (start, end) => fromOctets(octets.slice(start, end));
  });
}

/** Cuts the value by places in its folded form. */
function slicer(comparator: Comparator, value: string): (start: number, end: number) => string {
  const map = comparator.places?.(value);
  return (start, end) => value.slice(map?.[start] ?? start, map?.[end] ?? end);
}

/**
 * Makes one code unit of each letter with the marks that follow it, so that one `?` stands for what a reader takes for
 * one character. The same letters get the same unit.
 */
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

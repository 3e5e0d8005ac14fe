import type { MatchType } from '../definitions.ts';
import { findAny, type KeyAutomaton, LONG_TEXT, makeAutomaton, MANY_KEYS } from './automaton.ts';
import { find, type Needle, needle, searchCost } from './search.ts';

/** `:contains`: a key stands somewhere in the value (RFC 5228 §2.7.1). The empty key stands in every value. */
export const contains: MatchType = {
  name: 'contains',
  substring: true,
  compile({ comparator, keys }) {
    const constants = keys.constant?.map((key) => needle(comparator.fold(key)));
    const many =
      constants === undefined || constants.length < MANY_KEYS ? undefined : new ManyKeys(constants);
    return {
      match(state, values) {
        const needles = constants ?? state.fold(comparator, keys.get(state)).map(needle);
        for (const text of state.fold(comparator, values)) {
          const automaton = text.length < LONG_TEXT ? undefined : many?.automaton;
          if (automaton !== undefined) {
            state.spend(1 + (text.length >> 9));
            if (findAny(automaton, text)) return true;
            continue;
          }
          for (const key of needles) {
            state.spend(searchCost(key.text.length, text.length));
            if (find(key, text, 0) !== -1) return true;
          }
        }
        return false;
      },
    };
  },
};

/** The automaton of a list of keys, made when a text is first long enough; undefined when it is of no use. */
class ManyKeys {
  #needles: readonly Needle[] | undefined;
  #automaton: KeyAutomaton | undefined;

  constructor(needles: readonly Needle[]) {
    this.#needles = needles.every(({ text }) => text !== '') ? needles : undefined;
  }

  get automaton(): KeyAutomaton | undefined {
    if (this.#needles !== undefined) {
      this.#automaton = makeAutomaton(this.#needles.map(({ text }) => text));
      this.#needles = undefined;
    }
    return this.#automaton;
  }
}

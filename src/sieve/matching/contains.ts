import type { MatchType } from '../definitions.ts';
import { find, needle, searchCost } from './search.ts';

/** `:contains`: a key stands somewhere in the value (RFC 5228 §2.7.1). The empty key stands in every value. */
export const contains: MatchType = {
  name: 'contains',
  substring: true,
  compile({ comparator, keys }) {
    const constants = keys.constant?.map((key) => needle(comparator.fold(key)));
    return {
      match(state, values) {
        const needles = constants ?? state.fold(comparator, keys.get(state)).map(needle);
        for (const text of state.fold(comparator, values))
          for (const key of needles) {
            state.spend(searchCost(key.text.length, text.length));
            if (find(key, text, 0) !== -1) return true;
          }
        return false;
      },
    };
  },
};

import type { MatchType } from '../definitions.ts';

/** `:contains`: a key stands somewhere in the value (RFC 5228 §2.7.1). The empty key stands in every value. */
export const contains: MatchType = {
  name: 'contains',
  substring: true,
  compile({ comparator, keys }) {
    const constants = keys.constant?.map((key) => comparator.fold(key));
    return {
      match(state, values) {
        const folded = constants ?? keys.get(state).map((key) => state.fold(comparator, key));
        for (const value of values) {
          const text = state.fold(comparator, value);
          for (const key of folded) {
            state.spend(1 + (text.length >> 10));
            if (text.includes(key)) return true;
          }
        }
        return false;
      },
    };
  },
};

import type { MatchType } from '../definitions.ts';

/** `:is`: the value equals a key (RFC 5228 §2.7.1). Many keys cost no more than one: they are a set. */
export const is: MatchType = {
  name: 'is',
  substring: false,
  compile({ comparator, keys }) {
    const constants = keys.constant?.map((key) => comparator.fold(key));
    const constantSet = constants === undefined ? undefined : new Set(constants);
    return {
      match(state, values) {
        const set = constantSet ?? new Set(keys.get(state).map((key) => state.fold(comparator, key)));
        state.spend(values.length);
        return values.some((value) => set.has(state.fold(comparator, value)));
      },
    };
  },
};

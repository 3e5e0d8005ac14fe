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
        const set = constantSet ?? new Set(state.fold(comparator, keys.get(state)));
        state.spend(values.length);
        return state.fold(comparator, values).some((value) => set.has(value));
      },
    };
  },
};

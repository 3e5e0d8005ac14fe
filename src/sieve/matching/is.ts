import type { MatchType } from '../definitions.ts';

/** So many keys are compared one by one as fast as by a set, which takes time to make. */
const FEW = 4;

/** `:is`: the value equals a key (RFC 5228 §2.7.1). Many keys cost no more than one: they are a set. */
export const is: MatchType = {
  name: 'is',
  substring: false,
  compile({ comparator, keys }) {
    const constants = keys.constant?.map((key) => comparator.fold(key));
    const constantSet = constants === undefined || constants.length <= FEW ? undefined : new Set(constants);
    return {
      match(state, values) {
        state.spend(values.length);
        const folded = state.fold(comparator, values);
        if (constants !== undefined && constantSet === undefined)
          return folded.some((value) => constants.includes(value));
        const set = constantSet ?? new Set(state.fold(comparator, keys.get(state)));
        return folded.some((value) => set.has(value));
      },
    };
  },
};

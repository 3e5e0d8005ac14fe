import type { RuleSettingValues } from '../evals/types.ts';
import type { RuleSet } from '../types.ts';

/** The settings of a set of rules as eval functions read them. */
export function settingValues(settings: RuleSet['settings']): RuleSettingValues {
  const all = new Map([...settings].map(([name, values]) => [name, values.map(({ value }) => value)]));
  const made = new Map<unknown, unknown>();
  const values: RuleSettingValues = {
    all: (name) => all.get(name) ?? [],
    last: (name) => all.get(name)?.at(-1),
    derived<T>(make: (settings: RuleSettingValues) => T): T {
      if (!made.has(make)) made.set(make, make(values));
      return made.get(make) as T;
    },
  };
  return values;
}

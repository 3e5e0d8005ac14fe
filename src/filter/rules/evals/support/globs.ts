/** Lists of addresses or names with `*` and `?` in them, as the settings have them. */
import type { RuleSettingValues } from '../types.ts';

/**
 * Values by names with `*` for any text and `?` for any character in them. Most of a list differ in how they end: only
 * those whose end fits are tried.
 */
export class GlobMap<T> {
  private readonly names = new Map<string, T[]>();
  private readonly tails = new Map<string, { pattern: RegExp; value: T }[]>();
  private readonly lengths: readonly number[];

  constructor(entries: Iterable<readonly [glob: string, value: T]>) {
    for (const [glob, value] of entries) {
      const name = glob.toLowerCase();
      if (!/[*?]/.test(name)) append(this.names, name, value);
      else append(this.tails, /[^*?]*$/.exec(name)?.[0] ?? '', { pattern: globPattern(name), value });
    }
    this.lengths = [...new Set([...this.tails.keys()].map((tail) => tail.length))];
  }

  /** Values of all that match a name, in lower case or not. */
  matches(name: string): readonly T[] {
    const lower = name.toLowerCase();
    const found = [...(this.names.get(lower) ?? [])];
    for (const length of this.lengths) {
      if (length > lower.length) continue;
      for (const { pattern, value } of this.tails.get(lower.slice(lower.length - length)) ?? [])
        if (pattern.test(lower)) found.push(value);
    }
    return found;
  }

  get isEmpty(): boolean {
    return this.names.size === 0 && this.tails.size === 0;
  }
}

function append<T>(map: Map<string, T[]>, key: string, value: T): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}

/** A list of such names. */
export class Globs {
  private readonly entries: GlobMap<true>;

  constructor(globs: readonly string[]) {
    this.entries = new GlobMap(globs.map((glob) => [glob, true] as const));
  }

  has(name: string): boolean {
    return this.entries.matches(name).length > 0;
  }

  get isEmpty(): boolean {
    return this.entries.isEmpty;
  }
}

/** Runs of `*` are one, so that no pattern costs more than it must. */
export function globPattern(glob: string, whole = true): RegExp {
  const source = glob
    .replace(/\*+/g, '*')
    .replace(/[.+^${}()|[\]\\/]/g, '\\$&')
    .replaceAll('*', '.*')
    .replaceAll('?', '.');
  return new RegExp(whole ? `^${source}$` : source, 's');
}

/** All words of a setting. */
export const words = (settings: RuleSettingValues, directive: string): readonly string[] =>
  settings.all(directive).flatMap((value) => value.split(/\s+/).filter((word) => word !== ''));

/** Entries of settings of the form `(LIST) entry entry …`, by list. */
export function namedLists(
  settings: RuleSettingValues,
  directive: string,
): ReadonlyMap<string, readonly string[]> {
  const lists = new Map<string, string[]>();
  for (const value of settings.all(directive)) {
    const [, name = '', entries = ''] = /^\(\s*(.+?)\s*\)\s+(.+)$/s.exec(value.trim()) ?? [];
    if (name === '') continue;
    lists.set(name, [...(lists.get(name) ?? []), ...entries.split(/\s+/)]);
  }
  return lists;
}

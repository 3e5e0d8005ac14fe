/** Lists of addresses or names with `*` and `?` in them, as the settings have them. */
import type { RuleSettingValues } from '../types.ts';

/** A whole name with `*` for any text and `?` for any character, lower-cased. */
export class Globs {
  private readonly names = new Set<string>();
  private readonly patterns: RegExp[] = [];

  constructor(entries: Iterable<string>) {
    for (const entry of entries) {
      const name = entry.toLowerCase();
      if (!/[*?]/.test(name)) this.names.add(name);
      else this.patterns.push(globPattern(name));
    }
  }

  has(name: string): boolean {
    const lower = name.toLowerCase();
    return this.names.has(lower) || this.patterns.some((pattern) => pattern.test(lower));
  }

  get isEmpty(): boolean {
    return this.names.size === 0 && this.patterns.length === 0;
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

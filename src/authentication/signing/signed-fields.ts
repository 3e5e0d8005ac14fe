import type { FieldStack } from './outgoing-header.ts';
import type { SigningSettings } from './settings.ts';

/** Names in `h=`. Honest mail has some forty; verifiers refuse long lists, ours those above 150. */
const MAX_NAMES = 120;

/**
 * The names of `h=` (RFC 6376 §5.4): each field to be signed as often as it occurs, and once more where nobody is to
 * add one. `also` are signed beside those of the settings. Undefined when there are too many.
 */
export function namesToSign(
  fields: FieldStack,
  settings: Pick<SigningSettings, 'fields' | 'oversign' | 'oversignPresent'>,
  also: readonly string[] = [],
): string[] | undefined {
  const always = keysOf(settings.oversign);
  const whenThere = keysOf(settings.oversignPresent);
  const seen = new Set<string>();
  const names: string[] = [];
  // RFC 6376 §5.4: From must be signed.
  for (const name of [
    'From',
    ...settings.fields,
    ...settings.oversign,
    ...settings.oversignPresent,
    ...also,
  ]) {
    const key = name.toLowerCase();
    if (seen.has(key)) continue;
    seen.add(key);
    const there = fields.count(key);
    const more = always.has(key) || (there > 0 && whenThere.has(key)) ? 1 : 0;
    if (names.length + there + more > MAX_NAMES) return undefined;
    for (let left = there + more; left > 0; left--) names.push(name);
  }
  return names;
}

const keysOf = (names: readonly string[]): Set<string> => new Set(names.map((name) => name.toLowerCase()));

/** Looks for a message in the lists of the admin, as rspamd's multimap does. */
import { quote } from '../checks/support/evidence.ts';
import type { Check, CheckContext, CheckHit } from '../types.ts';
import { finder } from './entries.ts';
import { MAP_LIMITS, type MapSettings, type MapsSettings } from './settings.ts';
import type { MapsMaterial } from './types.ts';
import { valuesOf } from './values.ts';

/** Symbols of the lists. */
export function mapSymbols({ lists }: MapsSettings): Record<string, { score: number; description: string }> {
  return Object.fromEntries(
    Object.entries(lists).map(([symbol, { score, description, of }]) => [
      symbol,
      { score, description: description ?? `In a list of the administrator (${of.join(', ')})` },
    ]),
  );
}

export interface MapsCheck extends Check {
  /** What is looked in from now on; a message under way goes on with what it began with. */
  replace(material: MapsMaterial): void;
}

interface Lookup {
  readonly symbol: string;
  readonly list: MapSettings;
  readonly has: (value: string) => boolean;
}

/** Before the first `replace` the lists are empty. */
export function createMapsCheck(settings: MapsSettings): MapsCheck {
  let lookups: readonly Lookup[] = [];
  return {
    name: 'maps',
    symbols: mapSymbols(settings),
    replace({ entries }) {
      lookups = Object.entries(settings.lists).flatMap(([symbol, list]) => {
        const own = entries[symbol] ?? [];
        return own.length === 0 ? [] : [{ symbol, list, has: finder(list.kind, own) }];
      });
    },
    run: (context) => (lookups.length === 0 ? [] : look(context, lookups)),
  };
}

async function look(context: CheckContext, lookups: readonly Lookup[]): Promise<CheckHit[]> {
  const hits: CheckHit[] = [];
  for (const { symbol, list, has } of lookups) {
    const found = await firstListed(context, list, has);
    if (found !== undefined) hits.push({ symbol, detail: quote(found) });
  }
  return hits;
}

async function firstListed(
  context: CheckContext,
  list: MapSettings,
  has: (value: string) => boolean,
): Promise<string | undefined> {
  for (const subject of list.of) {
    const values = await valuesOf(subject, context, list);
    const found = (list.kind === 'regex' ? bounded(values) : values).find(has);
    // The text of a message is not for the log.
    if (found !== undefined) return subject === 'text' ? 'text' : found;
  }
  return undefined;
}

/** Only expressions cost something: as much of the values as they may see. */
function bounded(values: readonly string[]): string[] {
  const seen: string[] = [];
  let left: number = MAP_LIMITS.characters;
  for (const value of values) {
    if (left <= 0) break;
    seen.push(value.slice(0, left));
    left -= value.length;
  }
  return seen;
}

import { symbolScores } from './checks/index.ts';
import { CompositeError, compileComposites } from './composites/evaluate.ts';
import { dnsListSymbols } from './dns-lists/check.ts';
import { mapSymbols } from './maps/check.ts';
import { senderDnsSymbols } from './sender-dns/check.ts';
import type { FilterSettings } from './settings.ts';

/** Something in the settings that is not meant as it stands. */
export interface FilterFault {
  /** Below `filter`, e.g. `composites.MY_RULE`. */
  path: string;
  text: string;
  /** False: no scanner can be made of these settings. True: a setting without effect, most likely misspelt. */
  usable: boolean;
}

/**
 * What a schema cannot see: composites that do not parse or go in a circle, and names of symbols nothing gives. `rules`
 * are the names of the rules that are loaded, which are symbols too.
 */
export function filterFaults(
  settings: Pick<
    FilterSettings,
    'composites' | 'scores' | 'disabled' | 'forcedActions' | 'dnsLists' | 'maps' | 'senderDns'
  >,
  rules: Iterable<string> = [],
): FilterFault[] {
  const { composites, scores, disabled, forcedActions } = settings;
  const symbols = new Set([
    ...symbolScores.keys(),
    ...Object.keys(dnsListSymbols(settings.dnsLists)),
    ...Object.keys(mapSymbols(settings.maps)),
    ...Object.keys(senderDnsSymbols(settings.senderDns)),
    ...rules,
  ]);
  const faults: FilterFault[] = [];
  try {
    for (const { composite, symbol } of compileComposites(composites, symbols).unknown)
      faults.push({ path: `composites.${composite}`, text: `there is no symbol ${symbol}`, usable: true });
  } catch (error) {
    if (!(error instanceof CompositeError)) throw error;
    faults.push({ path: `composites.${error.composite}`, text: error.fault, usable: false });
  }
  const isKnown = (symbol: string): boolean => symbols.has(symbol) || Object.hasOwn(composites, symbol);
  const named = { scores: Object.keys(scores), disabled, forced_actions: Object.keys(forcedActions) };
  for (const [path, names] of Object.entries(named))
    for (const symbol of names.filter((name) => !isKnown(name)))
      faults.push({ path: `${path}.${symbol}`, text: `there is no symbol ${symbol}`, usable: true });
  return faults;
}

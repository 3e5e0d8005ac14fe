import { expect, test } from 'vitest';
import { filterFaults } from './faults.ts';
import { defaultFilterSettings } from './settings.ts';

test('the defaults have none', () => {
  expect(filterFaults(defaultFilterSettings)).toEqual([]);
});

test('misspelt symbols, wherever they are named', () => {
  const settings = {
    ...defaultFilterSettings,
    composites: { MINE: { expression: 'MISSING_FROM & TYPO_A', score: 1 } },
    scores: { TYPO_B: 1, MISSING_DATE: 2, MINE: 3 },
    disabled: ['TYPO_C'],
    forcedActions: { TYPO_D: { action: 'reject' as const } },
  };
  expect(filterFaults(settings)).toEqual([
    { path: 'composites.MINE', text: 'there is no symbol TYPO_A', usable: true },
    { path: 'scores.TYPO_B', text: 'there is no symbol TYPO_B', usable: true },
    { path: 'disabled.TYPO_C', text: 'there is no symbol TYPO_C', usable: true },
    { path: 'forced_actions.TYPO_D', text: 'there is no symbol TYPO_D', usable: true },
  ]);
});

test('symbols of configured DNS lists are known', () => {
  const answers = { '127.0.0.2': { symbol: 'RCVD_IN_MINE', score: 3 } };
  const lists = { mine: { zone: 'bl.test', ask: ['client' as const], answers } };
  const dnsLists = { ...defaultFilterSettings.dnsLists, lists };
  const settings = { ...defaultFilterSettings, dnsLists, scores: { RCVD_IN_MINE: 4, DNSBL_BLOCKED: 0.1 } };
  expect(filterFaults(settings)).toEqual([]);
});

test('rules that are loaded give symbols, in composites too', () => {
  const settings = {
    ...defaultFilterSettings,
    scores: { MY_RULE: 2, YOUR_RULE: 1 },
    composites: { BOTH: { expression: 'MY_RULE & MISSING_FROM', score: 1 } },
  };
  expect(filterFaults(settings, ['MY_RULE'])).toEqual([
    { path: 'scores.YOUR_RULE', text: 'there is no symbol YOUR_RULE', usable: true },
  ]);
});

test('a composite that cannot be used', () => {
  const composites = { MINE: { expression: 'MISSING_FROM &', score: 1 } };
  expect(filterFaults({ ...defaultFilterSettings, composites })).toContainEqual({
    path: 'composites.MINE',
    text: 'expected a symbol, "!" or "(", found "end of expression" at position 14',
    usable: false,
  });
});

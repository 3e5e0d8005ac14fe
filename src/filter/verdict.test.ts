import { describe, expect, test } from 'vitest';
import { defaultFilterSettings, type FilterSettings, type Thresholds } from './settings.ts';
import type { Hit } from './types.ts';
import { decide, scoreHits } from './verdict.ts';

const hit = (score: number, symbol = 'A'): Hit => ({ symbol, score });

function decision(hits: Hit[], thresholds: Partial<Thresholds> = {}, more: Partial<FilterSettings> = {}) {
  return decide(hits, {
    ...defaultFilterSettings,
    ...more,
    thresholds: { ...defaultFilterSettings.thresholds, ...thresholds },
  });
}

describe('thresholds', () => {
  test.each([
    [5.99, {}, 'no action', false],
    [6, {}, 'add header', true],
    [14.9999, {}, 'add header', true],
    [15, {}, 'reject', true],
    [-3, {}, 'no action', false],
    [4, { greylist: 4 }, 'greylist', false],
    [8, { rewriteSubject: 7 }, 'rewrite subject', true],
    [10, { quarantine: 10 }, 'quarantine', true],
    [5, { softReject: 5 }, 'soft reject', false],
    [30, { discard: 25 }, 'discard', true],
    [20, { reject: null }, 'add header', true],
    [6, { quarantine: 6 }, 'quarantine', true],
    // Written down in the wrong order: the highest threshold reached counts, not the hardest action.
    [9, { addHeader: 8, quarantine: 5 }, 'add header', true],
  ])('%f with %j: %s', (score, thresholds, action, spam) => {
    expect(decision([hit(score)], thresholds)).toMatchObject({ action, spam, score });
  });

  test('sums of decimal fractions come out even', () => {
    const hits = Array.from({ length: 60 }, () => hit(0.1));
    expect(decision(hits)).toMatchObject({ score: 6, action: 'add header' });
    expect(Object.is(decision([hit(-0.1), hit(0.1)]).score, 0)).toBe(true);
  });

  test('only refusals have a text', () => {
    expect(decision([hit(15)]).text).toBe('Message refused as spam');
    expect(decision([hit(6)])).not.toHaveProperty('text');
  });
});

describe('forced actions', () => {
  const forcedActions = {
    FRIEND: { action: 'no action' as const },
    LATER: { action: 'soft reject' as const, text: 'Try again' },
    VIRUS: { action: 'reject' as const },
  };
  test.each([
    [['FRIEND'], 'no action', false, undefined],
    [['LATER'], 'soft reject', false, 'Try again'],
    [['FRIEND', 'VIRUS', 'LATER'], 'reject', true, 'Message refused as spam'],
  ])('%j: %s', (symbols, action, spam, text) => {
    const result = decision(
      symbols.map((symbol) => hit(10, symbol)),
      {},
      { forcedActions },
    );
    expect(result).toMatchObject({ action, spam });
    expect(result.text).toBe(text);
  });
});

describe('demanded actions', () => {
  const demanding = (score: number, action: 'quarantine' | 'reject'): Hit => ({
    symbol: 'DEMANDS',
    score,
    demands: { action, text: 'not from there' },
  });
  test.each([
    [0, 'quarantine', {}, 'quarantine', undefined],
    [0, 'reject', {}, 'reject', 'not from there'],
    // What the score asks for is more.
    [15, 'quarantine', {}, 'reject', 'Message refused as spam'],
    // What the configuration says of the symbol counts instead.
    [0, 'reject', { DEMANDS: { action: 'add header' as const } }, 'add header', undefined],
  ] as const)('score %f and %s with %j: %s', (score, demanded, forcedActions, action, text) => {
    const result = decision([demanding(score, demanded)], {}, { forcedActions });
    expect(result).toMatchObject({ action, spam: true });
    expect(result.text).toBe(text);
  });
});

test('scores: the setting, else the default, times a weight of 0 to 1', () => {
  const defaults = new Map([
    ['A', 2],
    ['B', 1],
  ]);
  const hits = [{ symbol: 'A', weight: 0.5 }, { symbol: 'B' }, { symbol: 'C' }, { symbol: 'A', weight: 7 }];
  expect(scoreHits(hits, defaults, { B: 0 }).map(({ score }) => score)).toEqual([1, 0, 0, 2]);
});

import { describe, expect, it } from 'vitest';
import { autolearnAs } from './autolearn.ts';
import { defaultBayesSettings } from './settings.ts';

const settings = {
  ...defaultBayesSettings,
  autolearn: { enabled: true, spam: 10, ham: -1, balance: 2 },
  minimumLearned: 10,
};
const hits = (...scores: number[]) => scores.map((score, index) => ({ symbol: `S${index}`, score }));
const even = { spam: 100, ham: 100 };

describe('autolearnAs', () => {
  it.each([
    [hits(4, 4, 4), 'spam'],
    [hits(4, 4), undefined],
    [hits(1000), undefined],
    [hits(500, 500), undefined],
    [hits(4, 4, 1), undefined],
    [hits(-1), 'ham'],
    [hits(-0.9), undefined],
    [[], undefined],
    [[...hits(4, 4, 1), { symbol: 'BAYES_SPAM', score: 5 }], undefined],
    [[{ symbol: 'BAYES_HAM', score: -3 }], undefined],
    [[...hits(4, 4, 4), { symbol: 'BAYES_HAM', score: -3 }], 'spam'],
  ] as const)('%j: %s', (some, kind) => {
    expect(autolearnAs(some, even, settings)).toBe(kind);
  });

  it('keeps the classes in balance', () => {
    expect(autolearnAs(hits(9, 9, 9), { spam: 200, ham: 100 }, settings)).toBeUndefined();
    expect(autolearnAs(hits(9, 9, 9), { spam: 199, ham: 100 }, settings)).toBe('spam');
    expect(autolearnAs(hits(-9), { spam: 20, ham: 40 }, settings)).toBeUndefined();
    // To begin with there is nothing to be in balance with.
    expect(autolearnAs(hits(-9), { spam: 0, ham: 19 }, settings)).toBe('ham');
    expect(autolearnAs(hits(-9), { spam: 0, ham: 20 }, settings)).toBeUndefined();
  });
});

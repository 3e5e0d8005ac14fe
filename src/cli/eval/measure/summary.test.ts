import { describe, expect, test } from 'vitest';
import { labelled, outcome } from '../testing.ts';
import { calibration, fitLogistic } from './calibration.ts';
import { summarize } from './summary.ts';
import { symbolTable } from './symbols.ts';

const points = (score: number) => [{ symbol: 'X', score }];

describe('summary', () => {
  const outcomes = [
    outcome('ham', 'list', points(0)),
    outcome('ham', 'list', points(7)),
    outcome('ham', 'shop', points(1)),
    outcome('ham', 'shop', points(2)),
    outcome('spam', 'trap', points(9)),
    outcome('spam', 'trap', points(3)),
    { message: labelled('broken', { label: 'spam', source: 'trap' }), judgement: undefined, fault: 'gone' },
  ];
  const { total, sources, commercial } = summarize(outcomes, ['shop']);

  test('of all', () => {
    expect(total).toEqual({
      ham: 4,
      spam: 2,
      hamLost: 0.25,
      hamLostCount: 1,
      spamMissed: 0.5,
      spamMissedCount: 1,
      rocError: 1 / 8,
      caughtAtBudget: 0.5,
      thresholdAtBudget: 9,
      faults: 1,
    });
  });

  test('by source, against the other class of all where a source has one', () => {
    expect(sources.get('list')).toMatchObject({ ham: 2, spam: 0, hamLostCount: 1, rocError: 1 / 4 });
    expect(sources.get('list')?.spamMissed).toBeUndefined();
    expect(sources.get('trap')).toMatchObject({ ham: 0, spam: 2, rocError: 1 / 8, faults: 1 });
  });

  test('commercial ham apart, and nothing where there is none', () => {
    expect(commercial).toMatchObject({ ham: 2, spam: 0, hamLostCount: 0, rocError: 0 });
    expect(summarize(outcomes, ['other']).commercial).toBeUndefined();
  });
});

describe('symbols', () => {
  const lines = symbolTable(
    [
      outcome('spam', 'a', [
        { symbol: 'BAD', score: 4 },
        { symbol: 'NICE', score: -3 },
        { symbol: 'MORE', score: 4 },
      ]),
      outcome('spam', 'b', [{ symbol: 'BAD', score: 8 }]),
      outcome('ham', 'a', [{ symbol: 'BAD', score: 6 }]),
      outcome('ham', 'a', [{ symbol: 'NICE', score: -3 }]),
    ],
    6,
  );

  test('shares, lift, mean score and sources, the strongest first', () => {
    expect(lines.map(({ symbol }) => symbol)).toEqual(['MORE', 'BAD', 'NICE']);
    expect(lines[1]).toEqual({
      symbol: 'BAD',
      ham: 1,
      spam: 2,
      hamShare: 0.5,
      spamShare: 1,
      purity: 2 / 3,
      lift: 2.5 / 1.5,
      score: 6,
      hamBlamed: 1,
      spamBlamed: 0,
      sources: 2,
    });
  });

  test('a symbol is blamed for what it turned', () => {
    expect(lines.find(({ symbol }) => symbol === 'NICE')).toMatchObject({ spamBlamed: 1, hamBlamed: 0 });
  });

  test('several hits of a symbol in a message count once, their scores together', () => {
    const [line] = symbolTable([outcome('spam', 'a', [...points(1), ...points(2)])], 6);
    expect(line).toMatchObject({ spam: 1, score: 3 });
  });
});

describe('calibration', () => {
  test('slices hold about as many messages each, and equal scores stay together', () => {
    const ham = Array.from({ length: 60 }, (_, index) => index % 3);
    const spam = Array.from({ length: 60 }, (_, index) => 2 + (index % 3));
    const bins = calibration({ ham, spam }, 4);
    expect(bins.reduce((sum, bin) => sum + bin.ham + bin.spam, 0)).toBe(120);
    expect(bins[0]).toMatchObject({ low: 0, ham: 40, spam: 0, spamShare: 0 });
    expect(bins.at(-1)).toMatchObject({ high: 4, ham: 0, spamShare: 1 });
    for (const [index, bin] of bins.entries())
      if (index > 0) expect(bin.low).toBeGreaterThan(bins[index - 1]?.high ?? 0);
    expect(calibration({ ham: [], spam })).toEqual([]);
  });

  test('finds the curve that scores were drawn from', () => {
    // Of each score as many spam as 1 / (1 + exp(-(1.5 x - 3))) says.
    const ham: number[] = [];
    const spam: number[] = [];
    for (let x = -2; x <= 6; x += 0.5) {
      const count = Math.round(1000 / (1 + Math.exp(-(1.5 * x - 3))));
      for (let index = 0; index < 1000; index++) (index < count ? spam : ham).push(x);
    }
    const fitted = fitLogistic({ ham, spam });
    expect(fitted?.slope).toBeCloseTo(1.5, 1);
    // Classes count the same: the odds move by their ratio.
    expect(fitted?.offset).toBeCloseTo(-3 + Math.log(ham.length / spam.length), 1);
    expect(fitLogistic({ ham: [1], spam: [] })).toBeUndefined();
  });

  test('stays finite where a threshold parts the classes whole', () => {
    const fitted = fitLogistic({ ham: [0, 0, 1], spam: [8, 9, 9] });
    expect(Number.isFinite(fitted?.slope)).toBe(true);
    expect(fitted?.slope).toBeGreaterThan(0);
  });
});

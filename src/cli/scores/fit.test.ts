import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { OutcomeLine } from '../eval/outcomes-file.ts';
import { parseScores } from '../../filter/scores-file.ts';
import { currentScores, defaultFitSettings, fitScores, scoreWith, stretchTo } from './fit.ts';
import { fitBounded, type Column } from './logistic.ts';
import { scoresText } from './write.ts';

const line = (label: 'ham' | 'spam', hits: OutcomeLine['hits'], source = 'a'): OutcomeLine => ({
  path: 'm',
  label,
  source,
  group: '',
  score: hits.reduce((sum, { score }) => sum + score, 0),
  spam: false,
  hits,
});
const many = (count: number, make: () => OutcomeLine): OutcomeLine[] => Array.from({ length: count }, make);
const hit = (symbol: string, score: number, weight?: number) => ({
  symbol,
  score: score * (weight ?? 1),
  ...(weight === undefined ? {} : { weight }),
});

describe('bounded logistic regression', () => {
  const column = (rows: number[], more: Partial<Column> = {}): Column => ({
    rows: Int32Array.from(rows),
    values: Float64Array.from(rows, () => 1),
    low: -10,
    high: 10,
    prior: 0,
    ...more,
  });

  test('finds the logarithm of the odds', () => {
    // 80 of 100 are spam, the threshold is 1: the coefficient is 1 + ln(80 / 20).
    const rows = Array.from({ length: 100 }, (_, index) => index);
    const problem = {
      columns: [column(rows)],
      targets: rows.map((row) => row < 80),
      weights: Float64Array.from(rows, () => 1),
      base: new Float64Array(100),
      threshold: 1,
      ridge: 1e-6,
    };
    expect(fitBounded(problem)[0]).toBeCloseTo(1 + Math.log(4), 2);
    expect(fitBounded({ ...problem, columns: [column(rows, { high: 2 })] })[0]).toBe(2);
    // What a message has from elsewhere counts.
    expect(fitBounded({ ...problem, base: new Float64Array(100).fill(0.5) })[0]).toBeCloseTo(
      0.5 + Math.log(4),
      2,
    );
    // A strong prior holds it.
    const held = fitBounded({ ...problem, columns: [column(rows, { prior: 0.5 })], ridge: 1e5 })[0];
    expect(held).toBeCloseTo(0.5, 1);
  });

  test('ends at a point that no step between the bounds improves, whatever the data', () => {
    const cell = fc.record({ row: fc.nat(29), value: fc.double({ min: 0.1, max: 1, noNaN: true }) });
    fc.assert(
      fc.property(
        fc.array(fc.uniqueArray(cell, { minLength: 1, maxLength: 20, selector: ({ row }) => row }), {
          minLength: 1,
          maxLength: 4,
        }),
        fc.array(fc.boolean(), { minLength: 30, maxLength: 30 }),
        (cells, targets) => {
          const columns = cells.map(
            (some): Column => ({
              rows: Int32Array.from(some, ({ row }) => row),
              values: Float64Array.from(some, ({ value }) => value),
              low: -1,
              high: 3,
              prior: 0.5,
            }),
          );
          const weights = new Float64Array(30).fill(1);
          const problem = { columns, targets, weights, base: new Float64Array(30), threshold: 1, ridge: 0.5 };
          const found = fitBounded(problem);
          const loss = (point: Float64Array): number => lossOf(problem, point);
          const least = loss(found);
          for (const [index, value] of found.entries())
            for (const step of [-0.05, 0.05]) {
              const other = Float64Array.from(found);
              other[index] = Math.min(Math.max(value + step, -1), 3);
              expect(loss(other)).toBeGreaterThanOrEqual(least - 1e-6);
            }
        },
      ),
      { numRuns: 100 },
    );
  });

  function lossOf(
    { columns, targets, weights, base, threshold, ridge }: Parameters<typeof fitBounded>[0],
    point: Float64Array,
  ): number {
    const sums = Float64Array.from(base, (value) => value - threshold);
    let loss = 0;
    for (const [index, { rows, values, prior }] of columns.entries()) {
      const coefficient = point[index] ?? 0;
      loss += (ridge / 2) * (coefficient - prior) ** 2;
      for (const [at, row] of rows.entries()) sums[row] = (sums[row] ?? 0) + coefficient * (values[at] ?? 0);
    }
    for (const [row, sum] of sums.entries())
      loss += (weights[row] ?? 0) * Math.log1p(Math.exp(targets[row] === true ? -sum : sum));
    return loss;
  }
});

describe('scores', () => {
  const outcomes = [
    ...many(60, () => line('spam', [hit('LURE', 1), hit('COMMON', 0.5), hit('SEEN', 0)])),
    ...many(20, () => line('spam', [hit('JUDGE', 2, 0.5)], 'b')),
    // What each message has from a symbol of its own, too rare to fit, leaves no room for more.
    ...Array.from({ length: 200 }, (_, index) =>
      line('ham', [hit('COMMON', 0.5), hit(`ONCE_${index}`, 5.4)]),
    ),
    ...many(60, () => line('ham', [hit('COMMON', 0.5), hit('NICE', -0.5), hit('SEEN', 0)])),
    ...many(20, () => line('ham', [hit('NICE', -0.5)], 'b')),
    line('spam', [hit('RARE', 2)]),
  ];
  const settings = { ...defaultFitSettings, prior: 0.1, judges: new Map([['JUDGE', 5.5]]) };
  const fitted = new Map(fitScores(outcomes, settings).map((one) => [one.symbol, one]));

  test('what is of spam alone goes up to its maximum, what is of both does not', () => {
    expect(fitted.get('LURE')).toMatchObject({
      score: defaultFitSettings.growth,
      before: 1,
      ham: 0,
      spam: 60,
      fitted: true,
    });
    expect(fitted.get('COMMON')?.score).toBeGreaterThanOrEqual(0);
    expect(fitted.get('COMMON')?.score).toBeLessThan(0.5);
  });

  test('signs of ham stay on their side and above their minimum', () => {
    const nice = fitted.get('NICE')?.score ?? 0;
    expect(nice).toBeLessThanOrEqual(0);
    expect(nice).toBeGreaterThanOrEqual(settings.minimum);
  });

  test('a symbol seen rarely keeps its score, one that only reports is left alone', () => {
    expect(fitted.get('RARE')).toMatchObject({ score: 2, fitted: false });
    expect(fitted.get('SEEN')).toMatchObject({ score: 0, fitted: false });
  });

  test('a symbol that is to be kept keeps its score', () => {
    const kept = fitScores(outcomes, { ...settings, keep: new Set(['LURE']) });
    expect(kept.find(({ symbol }) => symbol === 'LURE')).toMatchObject({ score: 1, fitted: false });
  });

  test('stretching changes what was fitted alone', () => {
    const before = [...fitted.values()];
    const after = new Map(stretchTo(before, 1.1).map((one) => [one.symbol, one.score]));
    expect(after.get('LURE')).toBeCloseTo((fitted.get('LURE')?.score ?? 0) * 1.1, 2);
    expect(after.get('RARE')).toBe(2);
  });

  test('a classifier has bounds of its own, and its whole score is that of weight 1', () => {
    expect(currentScores(outcomes).get('JUDGE')).toBe(2);
    expect(fitted.get('JUDGE')?.score).toBe(5.5);
  });

  test('a message is scored by the parts it was given; what a composite took away stays away', () => {
    const scores = new Map([
      ['JUDGE', 6],
      ['LURE', 4],
    ]);
    expect(scoreWith(line('spam', [hit('JUDGE', 2, 0.5), hit('LURE', 1)]), scores)).toBe(7);
    expect(scoreWith(line('spam', [hit('LURE', 0)]), scores)).toBe(0);
  });

  test('what is written is read again; what was not fitted is a comment', () => {
    const text = scoresText([...fitted.values()], {
      ham: 280,
      spam: 81,
      required: 6,
      command: 'tamis scores fit v.jsonl',
      results: ['fitted: well'],
    });
    const { scores, faults } = parseScores(text);
    expect(faults).toEqual([]);
    const expected = [...fitted.values()]
      .filter((one) => one.fitted)
      .map(({ symbol, score }) => [symbol, score]);
    expect(scores).toEqual(Object.fromEntries(expected));
    expect(text).toMatch(/^# RARE +2\.00 .*not fitted/m);
    expect(text).toContain('tamis scores fit v.jsonl');
  });
});

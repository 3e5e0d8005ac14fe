import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bestWithin, rocCurve, rocError } from './roc.ts';

const scores = fc.array(fc.integer({ min: -5, max: 12 }), { minLength: 1, maxLength: 40 });

describe('area under the curve', () => {
  test('is the chance of a pair in the wrong order, ties half, whatever the scores', () => {
    fc.assert(
      fc.property(scores, scores, (ham, spam) => {
        let wrong = 0;
        for (const one of ham) for (const other of spam) wrong += one > other ? 1 : one === other ? 0.5 : 0;
        expect(rocError({ ham, spam })).toBeCloseTo(wrong / (ham.length * spam.length), 12);
      }),
      { numRuns: 200 },
    );
  });

  test('of classes parted whole, and the wrong way round', () => {
    expect(rocError({ ham: [0, 1], spam: [5, 9] })).toBe(0);
    expect(rocError({ ham: [5, 9], spam: [0, 1] })).toBe(1);
    expect(rocError({ ham: [], spam: [1] })).toBeUndefined();
    expect(rocError({ ham: [1], spam: [] })).toBeUndefined();
  });
});

describe('curve', () => {
  test('has a point for each score, from the highest', () => {
    expect(rocCurve({ ham: [0, 0, 3, 7], spam: [3, 7, 9, 9] })).toEqual([
      { threshold: 9, hamLost: 0, spamCaught: 0.5 },
      { threshold: 7, hamLost: 0.25, spamCaught: 0.75 },
      { threshold: 3, hamLost: 0.5, spamCaught: 1 },
      { threshold: 0, hamLost: 1, spamCaught: 1 },
    ]);
  });

  test('the best point that a share of ham allows', () => {
    const all = { ham: [0, 0, 3, 7], spam: [3, 7, 9, 9] };
    expect(bestWithin(all, 0.25)).toEqual({ threshold: 7, hamLost: 0.25, spamCaught: 0.75 });
    expect(bestWithin(all, 0.1)?.spamCaught).toBe(0.5);
    expect(bestWithin({ ham: [9], spam: [1] }, 0.5)).toMatchObject({ hamLost: 0, spamCaught: 0 });
    expect(bestWithin({ ham: [], spam: [1] }, 0.5)).toBeUndefined();
  });
});

import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { parseMessage } from '../../../message/parse.ts';
import { evaluate } from '../evaluate.ts';
import { extractFeatures } from '../features/extract.ts';
import { writeModel } from '../onnx.ts';
import { markOf, SLOT_BITS, slotOf } from '../slots.ts';
import { type Kind, KINDS, type Model } from '../types.ts';
import { calibrate } from './calibrate.ts';
import { leaveGroupsOut, leaveSourcesOut } from './cross-validate.ts';
import { exampleWeights, seededRandom, shuffle, type Example } from './dataset.ts';
import { fit } from './fit.ts';
import { hamThreshold, rocLoss, shareAbove, type Scored } from './metrics.ts';
import { defaultTrainingSettings, type TrainingSettings } from './settings.ts';
import { train, TrainingError } from './train.ts';
import { chooseFeatures } from './vocabulary.ts';

const settings: TrainingSettings = {
  ...defaultTrainingSettings,
  epochs: 4,
  minMessages: 2,
  minMessagesCrosses: 2,
};

const HAM = 'meeting report patch compile minutes agenda review lunch project deadline'.split(' ');
const SPAM = 'winner casino pills cheap offer lottery million urgent refinance replica'.split(' ');
const BOTH = 'the and please today you with from time good new number letter house water'.split(' ');

/** Mail of three sources, each of which also puts a word of its own into all its ham. */
function mails(count: number, seed = 1): Example[] {
  const random = seededRandom(seed);
  const pick = (words: string[]) => words[Math.floor(random() * words.length)] ?? '';
  return Array.from({ length: count }, (_, index) => {
    const spam = random() < 0.4;
    const source = ['one', 'two', 'three'][index % 3] ?? '';
    const own = Array.from({ length: 4 }, () => pick(spam ? SPAM : HAM));
    const text = [...own, ...Array.from({ length: 12 }, () => pick(BOTH)), spam ? '' : `collector${source}`];
    shuffle(text, random);
    const raw = `From: a@example.org\r\nSubject: ${pick(BOTH)}\r\n\r\n${text.join(' ')}\r\n`;
    return {
      features: extractFeatures(parseMessage(Buffer.from(raw))),
      spam,
      source,
      group: `${index >> 1}`,
    };
  });
}

describe('training', () => {
  const examples = mails(240);

  test('tells unseen mail apart, also of sources it has not seen', () => {
    const { model, bySource, byGroup } = train(examples, settings);
    expect(bySource).toHaveLength(examples.length);
    expect(byGroup).toHaveLength(examples.length);
    expect(rocLoss(bySource)).toBeLessThan(0.03);
    expect(rocLoss(byGroup)).toBeLessThan(0.03);
    const fresh = mails(100, 2);
    const right = fresh.filter(({ features, spam }) => evaluate(model, features).probability > 0.5 === spam);
    expect(right.length).toBeGreaterThan(92);
  });

  test('gives the same file for the same seed, another for another', () => {
    const file = (seed: number) => Buffer.from(writeModel(fit(examples, { ...settings, seed })));
    expect(file(3).equals(file(3))).toBe(true);
    expect(file(3).equals(file(4))).toBe(false);
  });

  test('does not learn what only one source has', () => {
    const marks = chooseFeatures(examples, settings);
    const hashes = (text: string) =>
      extractFeatures(parseMessage(Buffer.from(`From: a@example.org\r\nSubject: x\r\n\r\n${text}\r\n`)));
    const isKnown = (hash: number) => marks[slotOf(hash, 1 << SLOT_BITS)] === markOf(hash);
    const words = (text: string) => {
      const { hashes: all, ends } = hashes(text);
      return [...all.subarray(ends[0], ends[1])];
    };
    expect(words('casino').some(isKnown)).toBe(true);
    expect(words('collectorone').some(isKnown)).toBe(false);
    expect(chooseFeatures(examples, { ...settings, minSources: 1 })).not.toEqual(marks);
  });

  test('gives no weights to kinds that are left out', () => {
    const known = (model: Model, kind: Kind) => {
      const at = KINDS.indexOf(kind);
      return examples.some(({ features: { hashes, ends } }) =>
        [...hashes.subarray(ends[at - 1], ends[at])].some(
          (hash) => model.marks[slotOf(hash, model.marks.length)] === markOf(hash),
        ),
      );
    };
    expect(known(fit(examples, { ...settings, withoutKinds: [] }), 'header')).toBe(true);
    expect(known(fit(examples, { ...settings, withoutKinds: ['header'] }), 'header')).toBe(false);
    expect(known(fit(examples, { ...settings, withoutKinds: ['header'] }), 'crosses')).toBe(true);
  });

  test('calibrates: of those given p, about p are spam', () => {
    const { model, byGroup } = train(examples, settings);
    const probabilities = byGroup.map(({ score, spam }) => ({
      probability: 1 / (1 + Math.exp(-(model.slope * score + model.intercept))),
      spam,
    }));
    const expected =
      probabilities.reduce((sum, { probability }) => sum + probability, 0) / probabilities.length;
    const share = examples.filter(({ spam }) => spam).length / examples.length;
    expect(Math.abs(expected - share)).toBeLessThan(0.15);
  });

  test.each([true, false])('needs both classes (spam: %s)', (spam) => {
    expect(() =>
      train(
        examples.filter((one) => one.spam === spam),
        settings,
      ),
    ).toThrow(TrainingError);
  });

  test('with one source there is no leaving out of sources, and a model nevertheless', () => {
    const one = examples.filter(({ source }) => source === 'one');
    const { model, bySource, byGroup } = train(one, settings);
    expect(bySource).toEqual([]);
    expect(rocLoss(byGroup)).toBeLessThan(0.15);
    expect(model.weights.some((weight) => weight !== 0)).toBe(true);
  });

  test('reports its progress up to the end, never back', () => {
    const shares: number[] = [];
    train(examples.slice(0, 60), settings, (share) => shares.push(share));
    expect(shares).toEqual(shares.toSorted((one, other) => one - other));
    expect(shares.at(-1)).toBeCloseTo(1);
  });

  test('near-duplicates stay on one side', () => {
    const doubled = examples
      .slice(0, 30)
      .map((one, index) => ({ ...one, group: `${Math.floor(index / 3) % 3}` }));
    expect(leaveGroupsOut(doubled, settings, 3)).toHaveLength(30);
    // All groups are in every source: nothing is left to learn from.
    expect(leaveSourcesOut(doubled, settings)).toEqual([]);
  });
});

test('weights: classes count the same, a large source less than its size, duplicates less than their number', () => {
  const some = mails(60).map((one, index) => ({ ...one, source: index < 50 ? 'large' : 'small' }));
  const weights = exampleWeights(some, 0.5);
  const sum = (spam: boolean) =>
    some.reduce((total, one, index) => total + (one.spam === spam ? (weights[index] ?? 0) : 0), 0);
  expect(sum(true)).toBeCloseTo(30);
  expect(sum(false)).toBeCloseTo(30);
  const ham = some.flatMap((one, index) =>
    one.spam ? [] : [{ source: one.source, weight: weights[index] ?? 0 }],
  );
  const least = (source: string) =>
    Math.min(...ham.filter((one) => one.source === source).map(({ weight }) => weight));
  expect(least('small')).toBeGreaterThan(least('large'));
});

describe('measures', () => {
  const scored = (ham: number[], spam: number[]): Scored[] => [
    ...ham.map((score) => ({ score, spam: false })),
    ...spam.map((score) => ({ score, spam: true })),
  ];
  test.each([
    ['apart', [1, 2], [3, 4], 0],
    ['reversed', [3, 4], [1, 2], 1],
    ['equal', [1, 1], [1, 1], 0.5],
    ['one pair of four wrong', [1, 3], [2, 4], 0.25],
  ])('ROC: %s', (_, ham, spam, expected) => {
    expect(rocLoss(scored(ham, spam))).toBe(expected);
  });
  test('ROC: as counted pair by pair', () => {
    const score = fc.integer({ min: 0, max: 6 });
    const list = fc.array(score, { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(list, list, (ham, spam) => {
        const wrong = ham.flatMap((one) => spam.map((other) => (one > other ? 1 : one === other ? 0.5 : 0)));
        const expected = wrong.reduce((sum: number, one) => sum + one, 0) / wrong.length;
        expect(rocLoss(scored(ham, spam))).toBeCloseTo(expected, 10);
      }),
      { numRuns: 200 },
    );
  });
  test('ROC of one class is none', () => {
    expect(rocLoss(scored([1], []))).toBeNaN();
  });
  test('threshold and shares', () => {
    const some = scored([1, 2, 3, 4], [2.5, 5]);
    expect(hamThreshold(some, 0.25)).toBe(3);
    expect(shareAbove(some, false, 3)).toBe(0.25);
    expect(shareAbove(some, true, 3)).toBe(0.5);
    expect(hamThreshold([], 0.5)).toBe(Infinity);
  });
});

describe('calibration', () => {
  test('finds the slope and intercept that made the labels', () => {
    const random = seededRandom(5);
    const scored = Array.from({ length: 6000 }, () => {
      const score = random() * 8 - 4;
      return { score, spam: random() < 1 / (1 + Math.exp(-(1.5 * score - 0.5))) };
    });
    const { slope, intercept } = calibrate(scored);
    expect(slope).toBeCloseTo(1.5, 0);
    expect(Math.abs(intercept + 0.5)).toBeLessThan(0.15);
  });
  test('stays finite where the classes do not overlap, and does nothing with one class', () => {
    const apart = Array.from({ length: 50 }, (_, index) => ({ score: index - 25, spam: index >= 25 }));
    const { slope, intercept } = calibrate(apart);
    expect(Number.isFinite(slope + intercept)).toBe(true);
    expect(slope).toBeGreaterThan(0);
    expect(calibrate([{ score: 1, spam: true }])).toEqual({ slope: 1, intercept: 0 });
  });
});

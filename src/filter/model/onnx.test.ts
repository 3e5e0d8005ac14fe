import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseMessage } from '../../message/parse.ts';
import { evaluate } from './evaluate.ts';
import { extractFeatures } from './features/extract.ts';
import { ModelError, readModel, writeModel } from './onnx.ts';
import { openSession, type Session } from './onnxruntime/session.ts';
import { EMPTY_MARK, markOf, SLOT_BITS, slotOf } from './slots.ts';
import { seededRandom } from './training/dataset.ts';
import { KINDS, type Features, type Model } from './types.ts';

const SLOTS = 1 << SLOT_BITS;

/** A model of which about a third of the slots are taken, and features of which about half are known to it. */
function sample(seed: number): { model: Model; features: () => Features } {
  const random = seededRandom(seed);
  const hash = (): number => Math.floor(random() * 2 ** 32) | 0;
  const weights = new Float32Array(SLOTS);
  const marks = new Int16Array(SLOTS).fill(EMPTY_MARK);
  const known = Array.from({ length: 2000 }, hash);
  for (const one of known) {
    weights[slotOf(one, SLOTS)] = random() * 2 - 1;
    marks[slotOf(one, SLOTS)] = markOf(one);
  }
  const model = {
    weights,
    marks,
    bias: 0.25,
    slope: 1.5,
    intercept: -0.125,
    properties: new Map([['a', 'ü']]),
  };
  const features = (): Features => {
    const hashes: number[] = [];
    const ends = KINDS.map(() => {
      const count = Math.floor(random() * 40);
      for (let one = 0; one < count; one++)
        hashes.push(random() < 0.5 ? hash() : (known[Math.floor(random() * known.length)] ?? 0));
      return hashes.length;
    });
    return { hashes: Int32Array.from(hashes), ends };
  };
  return { model, features };
}

test('a file read again is the model that was written', () => {
  const { model } = sample(1);
  const read = readModel(writeModel(model));
  expect(Buffer.compare(Buffer.from(read.weights.buffer), Buffer.from(model.weights.buffer))).toBe(0);
  expect(Buffer.compare(Buffer.from(read.marks.buffer), Buffer.from(model.marks.buffer))).toBe(0);
  expect(read).toMatchObject({ bias: 0.25, slope: 1.5, intercept: -0.125 });
  expect(read.properties.get('a')).toBe('ü');
  expect(Buffer.compare(writeModel(model), writeModel(read))).toBe(0);
});

describe('what is no model of ours is refused with the reason', () => {
  const whole = writeModel(sample(2).model);

  test.each([
    ['nothing', new Uint8Array(), /no graph/],
    ['text', Buffer.from('not a model at all, only text'), /ONNX/],
    ['half a file', whole.subarray(0, whole.length >> 1), /ONNX/],
  ])('%s', (_, file, reason) => {
    expect(() => readModel(file)).toThrow(reason);
    expect(() => readModel(file)).toThrow(ModelError);
  });

  test('a weight that is no number', () => {
    const { model } = sample(3);
    model.weights[7] = NaN;
    expect(() => readModel(writeModel(model))).toThrow(/no numbers/);
  });

  test('tables of another size', () => {
    const { model } = sample(3);
    expect(() => readModel(writeModel({ ...model, weights: new Float32Array(16) }))).toThrow(/slots/);
  });

  test('a file with damaged bytes gives a model or a reason, nothing else', () => {
    const { model } = sample(4);
    const small = writeModel({ ...model, weights: new Float32Array(4), marks: new Int16Array(4) });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(small.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        (changes) => {
          const damaged = small.slice();
          for (const [at, byte] of changes) damaged[at] = byte;
          try {
            readModel(damaged);
          } catch (error) {
            expect(error).toBeInstanceOf(ModelError);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('onnxruntime and the plain evaluation', () => {
  const shipped = readModel(readFileSync(new URL('../../../models/tamis.onnx', import.meta.url)));
  const { model: made, features } = sample(5);
  const mails = sampleMails();
  const cases: [string, Model][] = [
    ['a model of random weights', made],
    ['the shipped model', shipped],
  ];

  describe.each(cases)('%s', (_, model) => {
    let session: Session;
    beforeAll(async () => {
      session = await openSession(writeModel(model));
    });
    afterAll(() => session.close());

    test('agree on a batch within 1e-5', async () => {
      const batch = [
        ...(model === made ? Array.from({ length: 20 }, features) : mails),
        { hashes: new Int32Array(), ends: KINDS.map(() => 0) },
      ];
      const answers = await session.judge(batch);
      expect(answers).toHaveLength(batch.length);
      for (const [index, one] of batch.entries()) {
        const plain = evaluate(model, one);
        expect(Math.abs((answers[index]?.probability ?? NaN) - plain.probability)).toBeLessThan(1e-5);
        for (const [kind, value] of plain.kinds.entries())
          expect(Math.abs((answers[index]?.kinds[kind] ?? NaN) - value)).toBeLessThan(1e-4);
      }
      expect(new Set(answers.map(({ probability }) => probability)).size).toBeGreaterThan(batch.length / 2);
    });
  });
});

/** The messages of the samples of checks. */
function sampleMails(): Features[] {
  const folder = join(import.meta.dirname, '../checks/cases');
  return globSync('*.cases', { cwd: folder })
    .toSorted()
    .slice(0, 30)
    .map((file) => {
      const [, message = ''] = readFileSync(join(folder, file), 'utf8').split('\n---\n', 2);
      return extractFeatures(parseMessage(Buffer.from(message.slice(0, 20_000))));
    });
}

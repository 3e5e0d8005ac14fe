import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Metas } from './metas.ts';

/** Four plain rules, then metas, each of which may use what is before it. */
const PLAIN = ['A', 'B', 'C', 'D'];
const name = (index: number): string => PLAIN[index] ?? `M${index}`;

const expressionOver = (count: number): fc.Arbitrary<string> =>
  fc.letrec<{ node: string }>((tie) => ({
    node: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      fc.integer({ min: 0, max: count - 1 }).map(name),
      fc.constantFrom('0', '1', '2', 'MISSING'),
      fc
        .tuple(tie('node'), fc.constantFrom('&&', '&&', '||', '+', '-', '>', '==', '*'), tie('node'))
        .map(([left, operator, right]) => `(${left} ${operator} ${right})`),
      tie('node').map((one) => `!${one}`),
      fc.tuple(tie('node'), tie('node'), tie('node')).map(([one, yes, no]) => `(${one} ? ${yes} : ${no})`),
    ),
  })).node;

/** What an expression of numbers and names comes to, read by JavaScript, whose truth counts as a number too. */
const plainly = (expression: string, values: ReadonlyMap<string, number>): number =>
  Number(
    // oxlint-disable-next-line no-implied-eval -- the oracle; the text is made above
    new Function('v', `return ${expression.replace(/[A-Z]\w*/g, (one) => `v(${JSON.stringify(one)})`)}`)(
      (one: string) => values.get(one) ?? 0,
    ),
  ) + 0;

test('metas that nothing wakes have the value they would be worked out to', () => {
  const sizes = fc.integer({ min: 1, max: 8 });
  const sets = sizes.chain((size) =>
    fc.tuple(...Array.from({ length: size }, (_, index) => expressionOver(PLAIN.length + index))),
  );
  const hits = fc.array(fc.constantFrom<number>(0, 0, 1, 3), {
    minLength: PLAIN.length,
    maxLength: PLAIN.length,
  });
  fc.assert(
    fc.property(sets, fc.array(hits, { minLength: 1, maxLength: 4 }), (expressions, messages) => {
      const list = expressions.map((expression, index) => ({
        rule: PLAIN.length + index,
        name: name(PLAIN.length + index),
        expression,
      }));
      const names = Array.from({ length: PLAIN.length + list.length }, (_, index) => name(index));
      const metas = new Metas(list, new Map(names.map((one, index) => [one, index])), names.length);
      for (const message of messages) {
        const values = new Float64Array(names.length);
        values.set(message);
        metas.evaluate(values);
        const expected = new Map(PLAIN.map((one, index) => [one, message[index] ?? 0]));
        for (const meta of list) expected.set(meta.name, plainly(meta.expression, expected));
        for (const meta of list)
          expect([meta.expression, (values[meta.rule] ?? NaN) + 0]).toEqual([
            meta.expression,
            expected.get(meta.name),
          ]);
      }
    }),
    { numRuns: 600 },
  );
});

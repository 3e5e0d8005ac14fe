import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Hit } from '../types.ts';
import { applyComposites, CompositeError, compileComposites } from './evaluate.ts';
import { ExpressionError, parseExpression } from './parse.ts';
import type { CompositePolicy } from './types.ts';

const KNOWN = new Set(['A', 'B', 'C', 'D']);
const NONE = new Set<string>();

function hits(...symbols: string[]): Hit[] {
  return symbols.map((symbol) => ({ symbol, score: 1 }));
}

function holds(expression: string, ...symbols: string[]): boolean {
  const composites = compileComposites({ X: { expression, score: 5, policy: 'leave' } }, KNOWN);
  return applyComposites(hits(...symbols), composites, {}, NONE).some(({ symbol }) => symbol === 'X');
}

describe('expressions', () => {
  test.each([
    ['A', ['A'], true],
    ['A', ['B'], false],
    ['A & B', ['A'], false],
    ['A & B', ['A', 'B'], true],
    ['A | B & C', ['A'], true],
    ['(A | B) & C', ['A'], false],
    ['!A', [], true],
    ['!A & !!B', ['B'], true],
    ['!(A | B)', ['C'], true],
    ['A and not B or C', ['C'], true],
    ['A && !B || C', ['A', 'B'], false],
    ['A&B&C&D', ['A', 'B', 'C', 'D'], true],
  ])('%s of %j is %s', (expression, symbols, expected) => {
    expect(holds(expression, ...symbols)).toBe(expected);
  });

  test.each([
    ['', 0, 'expected a symbol'],
    ['A &', 3, 'found "end of expression"'],
    ['A B', 2, 'expected an operator, found "B"'],
    ['(A | B', 6, 'expected ")"'],
    ['A | )', 4, 'expected a symbol'],
    ['A + B', 2, 'unexpected "+"'],
    ['A & 7', 4, 'unexpected "7"'],
    ['A)', 1, 'expected an operator'],
    [`${'('.repeat(65)}A`, 64, 'nested deeper'],
    [`${'!'.repeat(100_000)}A`, 16_384, 'longer than'],
  ])('%s is faulty at %i', (expression, position, message) => {
    const error = (() => {
      try {
        parseExpression(expression);
      } catch (caught) {
        return caught;
      }
      return undefined;
    })();
    expect(error).toBeInstanceOf(ExpressionError);
    expect(error).toMatchObject({ position, message: expect.stringContaining(message) as string });
  });

  test('any text is an expression or an ExpressionError', () => {
    const piece = fc.constantFrom('A', 'B', '&', '|', '!', '(', ')', ' ', 'and', 'not', '&&', '?');
    fc.assert(
      fc.property(
        fc.array(piece).map((pieces) => pieces.join('')),
        (text) => {
          try {
            parseExpression(text);
          } catch (error) {
            expect(error).toBeInstanceOf(ExpressionError);
          }
        },
      ),
      { numRuns: 500 },
    );
  });

  test('evaluates as JavaScript does', () => {
    const tree = fc.letrec<{ node: string }>((tie) => ({
      node: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom('A', 'B', 'C', 'D'),
        fc
          .tuple(tie('node'), fc.constantFrom('&&', '||'), tie('node'))
          .map(([a, op, b]) => `(${a} ${op} ${b})`),
        tie('node').map((one) => `!${one}`),
      ),
    })).node;
    fc.assert(
      fc.property(tree, fc.subarray(['A', 'B', 'C', 'D']), (expression, symbols) => {
        const values = ['A', 'B', 'C', 'D'].map((name) => symbols.includes(name));
        // oxlint-disable-next-line typescript/no-implied-eval -- the oracle; made of four letters and operators
        const oracle = new Function('A', 'B', 'C', 'D', `return ${expression};`) as (
          ...v: boolean[]
        ) => boolean;
        expect(holds(expression, ...symbols)).toBe(oracle(...values));
      }),
      { numRuns: 300 },
    );
  });
});

describe('composites', () => {
  const apply = (policy: CompositePolicy | undefined) =>
    applyComposites(
      hits('A', 'B', 'C'),
      compileComposites({ X: { expression: '(A | D) & B & !D', score: 5, policy } }, KNOWN),
      {},
      NONE,
    ).map(({ symbol, score }) => `${symbol}=${score}`);

  test('policies', () => {
    expect(apply(undefined)).toEqual(['C=1', 'X=5']);
    expect(apply('remove_all')).toEqual(['C=1', 'X=5']);
    expect(apply('remove_weight')).toEqual(['A=0', 'B=0', 'C=1', 'X=5']);
    expect(apply('leave')).toEqual(['A=1', 'B=1', 'C=1', 'X=5']);
  });

  test('use each other, in any order, also what another one took away', () => {
    const settings = {
      LAST: { expression: 'MIDDLE & A', score: 4 },
      MIDDLE: { expression: 'FIRST | D', score: 2 },
      FIRST: { expression: 'A & B', score: 1 },
    };
    const found = applyComposites(hits('A', 'B', 'C'), compileComposites(settings, KNOWN), {}, NONE);
    expect(found).toEqual([
      { symbol: 'C', score: 1 },
      { symbol: 'LAST', score: 4, detail: 'MIDDLE A' },
    ]);
  });

  test('scores of the settings count, disabled ones do not come', () => {
    const composites = compileComposites({ X: { expression: 'A', score: 5, policy: 'leave' } }, KNOWN);
    expect(applyComposites(hits('A'), composites, { X: 2.5 }, NONE).at(-1)).toMatchObject({ score: 2.5 });
    expect(applyComposites(hits('A'), composites, {}, new Set(['X']))).toEqual(hits('A'));
  });

  test('tells unknown symbols', () => {
    const { unknown } = compileComposites({ X: { expression: 'A & TYPO', score: 1 } }, KNOWN);
    expect(unknown).toEqual([{ composite: 'X', symbol: 'TYPO' }]);
  });

  test.each([
    [{ X: { expression: 'A & X', score: 1 } }, 'uses itself: X → X'],
    [
      {
        X: { expression: 'Y', score: 1 },
        Y: { expression: 'A | Z', score: 1 },
        Z: { expression: '!X', score: 1 },
      },
      'uses itself: X → Y → Z → X',
    ],
    [{ A: { expression: 'B', score: 1 } }, 'a check has a symbol of this name'],
    [{ 'X\r\nY': { expression: 'B', score: 1 } }, 'not a symbol'],
    [{ X: { expression: 'A &', score: 1 } }, 'composite X: expected a symbol'],
  ])('%j is refused', (settings, message) => {
    expect(() => compileComposites(settings, KNOWN)).toThrow(CompositeError);
    expect(() => compileComposites(settings, KNOWN)).toThrow(message);
  });

  test('a chain longer than the stack', () => {
    const settings = Object.fromEntries(
      Array.from({ length: 20_000 }, (_, index) => [
        `X${index}`,
        { expression: index === 19_999 ? 'A' : `X${index + 1}`, score: 1, policy: 'leave' as const },
      ]),
    );
    const found = applyComposites(hits('A'), compileComposites(settings, KNOWN), {}, NONE);
    expect(found).toHaveLength(20_001);
  });
});

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { cpuTimer } from '../../../../test/support/cpu.ts';
import { parsePattern } from '../regex/parse.ts';
import { compilePattern } from '../regex/translate.ts';
import type { Positions } from '../types.ts';
import { positionsOf } from './positions.ts';
import { ShapeSearch } from './shape-search.ts';
import { bytesOf } from './text-bytes.ts';

const positions = (source: string): Positions | undefined => positionsOf(parsePattern(source, '').root);

function candidates(sources: readonly string[], text: string): string[] {
  const patterns = sources.flatMap((source, owner) => {
    const shape = positions(source);
    return shape === undefined ? [] : [{ owner, positions: shape }];
  });
  const found: number[] = [];
  new ShapeSearch(patterns).find(bytesOf(text), text.length, found);
  expect(new Set(found).size).toBe(found.length);
  return found.map((owner) => sources[owner] ?? '').toSorted();
}

test('tells which patterns may match', () => {
  const sources = ['v[i1!]agra', '^start', '[0-9]{3,}x', '(?:a|b)c(?=d)', '\\bfoo', 'a.*z', '(x)y\\1'];
  expect(candidates(sources, 'v1agra')).toEqual(['v[i1!]agra']);
  expect(candidates(sources, 'start')).toEqual(['^start']);
  expect(candidates(sources, 'no start 12x')).toEqual([]);
  expect(candidates(sources, '12345x')).toEqual(['[0-9]{3,}x']);
  expect(candidates(sources, 'bc')).toEqual(['(?:a|b)c(?=d)']);
  expect(candidates(sources, 'xya z')).toEqual(['(x)y\\1', 'a.*z']);
});

test('patterns that may match nothing have no automaton; of those that are too large the beginning has', () => {
  expect(positions('a*')).toBeUndefined();
  expect(positions('(?=a)')).toBeUndefined();
  const large = '(?:abcdefgh|ijklmnop){2}'.repeat(1000);
  expect(positions(large)?.setOf.length).toBeLessThan(100);
  expect(candidates([large], 'abcdefgh ijklmnop')).toEqual([large]);
  expect(candidates([large], 'abcdef ijklmn')).toEqual([]);
  const wide = `(?:x|(?:${Array.from({ length: 200 }, (_, index) => `q${index}[a-z]?`).join('|')}){9})`;
  expect(candidates([wide], 'q199')).toEqual([wide]);
  expect(candidates([wide], 'x')).toEqual([wide]);
  expect(candidates([wide], 'q')).toEqual([]);
});

test('never misses what matches, however many states the texts ask for', () => {
  const piece = fc.constantFrom(
    'a',
    'b',
    '[ab]',
    '.',
    'a+',
    '[bc]*',
    'b?',
    'a{2,4}',
    '(?:ab|c)+',
    '^',
    '$',
    '\\b',
    '(?!a)',
    '(?=b)',
    '(?>a+)',
    '(a|b)',
    'c{3}',
    '(?:a|)',
    '(?:b{2}|c)*?',
    '[^a]',
  );
  const source = fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join(''));
  fc.assert(
    fc.property(
      fc.array(source, { minLength: 1, maxLength: 40 }),
      fc.array(fc.stringMatching(/^[a-c \n]{0,15}$/), { minLength: 1, maxLength: 6 }),
      (sources, texts) => {
        const shapes = sources.map(positions);
        const search = new ShapeSearch(
          shapes.flatMap((shape, owner) => (shape === undefined ? [] : [{ owner, positions: shape }])),
        );
        for (const text of texts) {
          const found: number[] = [];
          search.find(bytesOf(text), text.length, found);
          sources.forEach((one, owner) => {
            if (shapes[owner] === undefined || found.includes(owner)) return;
            expect(compilePattern({ source: one, flags: '' }).test(text)).toBe(false);
          });
        }
      },
    ),
    { numRuns: 500 },
  );
});

test('of small patterns more than the first bytes are looked at', () => {
  const shape = positions('[a-z0-9]{6}\\s{8}[a-z0-9]{5}');
  const search = new ShapeSearch(shape === undefined ? [] : [{ owner: 0, positions: shape }]);
  const find = (text: string): number[] => {
    const found: number[] = [];
    search.find(bytesOf(text), text.length, found);
    return found;
  };
  expect(find('letters        words')).toEqual([0]);
  expect(find('letters        <b>words')).toEqual([]);
  expect(find('letters        word')).toEqual([]);
});

test('a text that asks for states without number is answered in time, with all patterns', () => {
  const sources = Array.from(
    { length: 20 },
    (_, index) => `${'[ab]'.repeat(index + 2)}a(?:[ab]{3}){2}[ab]{6}x`,
  );
  const expressions = sources.map((source) => compilePattern({ source, flags: '' }));
  const search = new ShapeSearch(
    sources.flatMap((source, owner) => {
      const shape = positions(source);
      return shape === undefined ? [] : [{ owner, positions: shape }];
    }),
  );
  const used = cpuTimer();
  let seed = 1;
  for (let round = 0; round < 40; round++) {
    const text = Array.from({ length: 2000 }, () => 'ab'[(seed = (seed * 48_271) % 0x7fffffff) & 1]).join('');
    const found: number[] = [];
    search.find(bytesOf(`${text}x`), text.length + 1, found);
    expect(expressions.flatMap((one, owner) => (one.test(`${text}x`) ? [owner] : []))).toSatisfy(
      (matching: number[]) => matching.every((owner) => found.includes(owner)),
    );
  }
  expect(used()).toBeLessThan(20_000);
});

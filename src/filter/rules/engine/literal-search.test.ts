import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parsePattern } from '../regex/parse.ts';
import { translatePattern } from '../regex/translate.ts';
import { LiteralSearch, type OwnedLiterals } from './literal-search.ts';
import { bytesOf } from './text-bytes.ts';

function owners(literals: readonly OwnedLiterals[], text: string): number[] {
  const found: number[] = [];
  new LiteralSearch(literals).find(bytesOf(text), text.length, found);
  return found.toSorted((one, other) => one - other);
}

test('finds who owns the texts, each once, whatever their case', () => {
  const literals = [
    { owner: 0, texts: ['pillow', 'ill'] },
    { owner: 1, texts: ['low'] },
    { owner: 5, texts: ['caf\xe9', 'x'] },
  ];
  expect(owners(literals, 'A PILLOW fight, a pillow fight')).toEqual([0, 1]);
  expect(owners(literals, 'CAF\xc9')).toEqual([5]);
  expect(owners(literals, 'pi')).toEqual([]);
  expect(owners([{ owner: 0, texts: ['longer than what is looked for'] }], 'longer than what is')).toEqual([
    0,
  ]);
});

test('counts places where more than one is needed, in each text anew', () => {
  const search = new LiteralSearch([{ owner: 3, texts: ['name', 'city', 'ity'], copies: 3 }]);
  const find = (text: string): number[] => {
    const found: number[] = [];
    search.find(bytesOf(text), text.length, found);
    return found;
  };
  expect(find('name city')).toEqual([]);
  expect(find('name city name name')).toEqual([3]);
  expect(find('name')).toEqual([]);
});

test('an owner of several sets needs a text of each, in any order', () => {
  const literals = [
    { owner: 0, texts: ['href', 'src'] },
    { owner: 0, texts: ['>http'] },
    { owner: 1, texts: ['http'], copies: 2 },
    { owner: 1, texts: ['a'] },
  ];
  expect(owners(literals, 'href="http://x">http')).toEqual([0]);
  expect(owners(literals, '>http src')).toEqual([0]);
  expect(owners(literals, 'href src href')).toEqual([]);
  expect(owners(literals, 'a http http')).toEqual([1]);
  expect(owners(literals, 'http a http a')).toEqual([1]);
});

test('finds what a search for each text alone finds, texts within others and behind others too', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 6 });
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'd'), maxLength: 30 });
  fc.assert(
    fc.property(
      fc.array(fc.array(word, { minLength: 1, maxLength: 3 }), { maxLength: 6 }),
      text,
      (sets, one) => {
        const expected = sets.flatMap((texts, owner) =>
          texts.some((each) => one.includes(each)) ? [owner] : [],
        );
        expect(
          owners(
            sets.map((texts, owner) => ({ owner, texts })),
            one,
          ),
        ).toEqual(expected);
      },
    ),
    { numRuns: 500 },
  );
});

test('bytes that share a class as there are many find too much at most', () => {
  const bytes = Array.from({ length: 200 }, (_, index) => String.fromCharCode(index + 40)).filter(
    (byte) => byte.toLowerCase() === byte && !/[\xc0-\xde]/.test(byte),
  );
  const literals = bytes.map((byte, owner) => ({ owner, texts: [`x${byte}`] }));
  bytes.forEach((byte, owner) => expect(owners(literals, `x${byte}`)).toContain(owner));
  expect(owners(literals, 'y'.repeat(300))).toEqual([]);
});

test('what a pattern with counts matches holds its texts as often', () => {
  const word = fc.constantFrom('abc', 'xyz', 'qaz', 'zyx', 'cab');
  const words = fc.array(word, { minLength: 1, maxLength: 3 }).map((list) => `(?:${list.join('|')})`);
  const look = fc.constantFrom('', '(?=abc)', '(?![q-z])');
  const pattern = fc
    .tuple(
      look,
      words,
      fc.constantFrom('', '-*', '[^q]?', '(?=x)'),
      fc.constantFrom('{2}', '{3,}', '{2,4}', '{5}'),
    )
    .map(([before, each, after, count]) => `(?:${before}${each}${after})${count}`);
  const text = fc
    .array(fc.tuple(word, fc.constantFrom('', '-', 'a')), { maxLength: 12 })
    .map((pairs) => pairs.flat().join(''));
  let counted = 0;
  fc.assert(
    fc.property(pattern, text, (source, one) => {
      const { source: translated, flags, ...translation } = translatePattern(parsePattern(source, ''));
      const { literals, copies, also } = translation;
      if (literals === undefined || !new RegExp(translated, flags).test(one)) return;
      if (copies !== undefined) counted++;
      const best = { owner: 0, texts: literals, ...(copies && { copies }) };
      expect(owners(also === undefined ? [best] : [best, { owner: 0, texts: also }], one)).toEqual([0]);
    }),
    { numRuns: 3000 },
  );
  expect(counted).toBeGreaterThan(20);
});

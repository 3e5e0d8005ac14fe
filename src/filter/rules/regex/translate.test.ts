import { describe, expect, test } from 'vitest';
import fc from 'fast-check';
import { readDelimited } from './delimiters.ts';
import { PatternError } from './syntax.ts';
import { parsePattern } from './parse.ts';
import { compilePattern, translatePattern } from './translate.ts';

const matches = (pattern: string, text: string): boolean => compilePattern(readDelimited(pattern)).test(text);

describe('Perl and JavaScript differ', () => {
  test.each([
    // [pattern, text, whether Perl matches]
    ['/a$/', 'a\n', true],
    ['/a$/', 'a\n\n', false],
    ['/a\\z/', 'a\n', false],
    ['/a\\Z/', 'a\n', true],
    ['/a$/m', 'a\r\nb', false],
    ['/a$/m', 'a\nb', true],
    ['/^b/m', 'a\nb', true],
    ['/\\n^/m', 'a\n', false],
    ['/\\Ab/m', 'a\nb', false],
    ['/a.b/', 'a\rb', true],
    ['/a.b/', 'a\u0085b', true],
    ['/a.b/', 'a\nb', false],
    ['/a.b/s', 'a\nb', true],
    ['/a\\sb/', 'a\xa0b', false],
    ['/a\\sb/', 'a\vb', true],
    ['/\\h/', '\xa0', true],
    ['/[\\h]/', ' ', true],
    ['/a\\Rb/', 'a\r\nb', true],
    ['/\xe9/i', '\xc9', true],
    ['/[\xe0-\xe9]x/i', '\xc9X', true],
    ['/[^\xe9]x/i', '\xc9X', false],
    ['/[^a]x/i', 'AX', false],
    ['/[[:^upper:]]x/i', 'ax', false],
    ['/\xf7/i', '\xd7', false],
    ['/\xff/i', '\xdf', false],
    ['/caf\xe9/i', 'CAF\xe9', true],
    ['/\xb5/i', '\xb5', true],
    ['/(?i)abc/', 'xABC', true],
    ['/a(?i)b/', 'AB', false],
    ['/a(?i)b/', 'aB', true],
    ['/a(?i:b)c/', 'aBc', true],
    ['/a(?-i:b)c/i', 'ABC', false],
    ['/a(?-i:b)c/i', 'AbC', true],
    ['/(?:a(?i)b|c)D/', 'CD', true],
    ['/(?^i:a)b/', 'Ab', true],
    ['/a++b/', 'aab', true],
    ['/a++ab/', 'aaab', false],
    ['/(?>a|ab)c/', 'abc', false],
    ['/(?>a*)b\\Z/', 'aab', true],
    ['/(a)(?>b+)\\1/', 'abba', true],
    ['/(a)\\10/', 'aa0', false],
    ['/(a)\\10/', 'a\x08', true],
    ['/[[:alpha:]]1/', 'a1', true],
    ['/[[:^alpha:]]1/', 'a1', false],
    ['/[]a]/', ']', true],
    ['/[^]a]/', ']', false],
    ['/[a\\]b]/', ']', true],
    ['/[a-\\d]/', '-', true],
    ['/\\x{41}\\x42\\o{103}\\104/', 'ABCD', true],
    ['/\\e\\a\\cA\\0/', '\x1b\x07\x01\0', true],
    ['/\\x{263a}|a/', 'a', true],
    ['/a{,2}b$/', 'aab', true],
    ['/a{2/', 'a{2', true],
    ['/a{ 1, 2 }b/', 'aab', true],
    ['/a # comment\n b/x', 'ab', true],
    ['/a\\ b[ ]c/x', 'a b c', true],
    ['/[a b]c/xx', ' c', false],
    ['/a(?#note)b/', 'ab', true],
    ['/\\Qa.b\\Ec/', 'a.bc', true],
    ['/\\Qa.b\\Ec/', 'axbc', false],
    ['/(?<n>a)\\k<n>/', 'aa', true],
    ["/(?'n'a)\\g{n}/", 'aa', true],
    ['/(?P<n>a)(?P=n)/', 'aa', true],
    ['/(a)(b)\\g{-1}/', 'abb', true],
    ['/(a)\\g1/', 'aa', true],
    ['/(a)b(?i)\\1/', 'abA', true],
    ['/(?<=a|bc)d/', 'bcd', true],
    ['/(?<!a)d/', 'ad', false],
    ['/x(?:\\b)*y/', 'xy', true],
    ['/foo\\Kbar/', 'foobar', true],
    ['/\\p{Lu}/', 'a', false],
    ['/\\p{IsUpper}/', 'A', true],
    ['/\\P{L}/', '1', true],
    ['/a{3,2}/', 'aaa', false],
    ['m{a/b}', 'a/b', true],
    ['m{a{2}}', 'aa', true],
    ['m!a/b!i', 'A/B', true],
    ['m<a>', 'a', true],
    ["m'a'", 'a', true],
    ['/a\\/b/', 'a/b', true],
    ['/\\-\\@\\#/', '-@#', true],
    ['//', 'anything', true],
  ])('%s on %j: %s', (pattern, text, expected) => {
    expect(matches(pattern, text)).toBe(expected);
  });
});

test.each([
  ['/(?R)/', 'recursion'],
  ['/(a)(?1)/', 'recursion'],
  ['/(?(1)a|b)/', 'conditions'],
  ['/(?{ code })/', 'code'],
  ['/(*ACCEPT)a/', 'verbs'],
  ['/\\Ga/', '\\G'],
  ['/(a/', 'unmatched ('],
  ['/a)/', 'unmatched )'],
  ['/[a/', 'unmatched ['],
  ['/*a/', 'follows nothing'],
  ['/a**/', 'nested quantifiers'],
  ['/[b-a]/', 'backwards'],
  ['/\\2(a)/', 'group 2'],
  ['/\\p{Nonsense}/', 'not known'],
  ['/[[:nonsense:]]/', 'not known'],
  ['/a/q', 'not known'],
  ['/a/e', 'closing'],
  ['/a{70000}/', 'count'],
  ['/a/b/', 'backslash'],
  ['abc', 'delimiters'],
])('%s is refused: %s', (pattern, reason) => {
  expect(() => compilePattern(readDelimited(pattern))).toThrow(PatternError);
  expect(() => compilePattern(readDelimited(pattern))).toThrow(reason);
});

test('groups a hundred deep are read, a thousand deep refused', () => {
  const nested = (depth: number): string => '('.repeat(depth) + 'a' + ')'.repeat(depth);
  expect(matches(`/${nested(100)}/`, 'a')).toBe(true);
  expect(() => translatePattern(parsePattern(nested(1000), ''))).toThrow('deep');
});

test('captures are kept for who reads them, in their order', () => {
  const expression = compilePattern({ source: '(?>x*)(a)(?:b)(c)', flags: '' }, true);
  expect(expression.exec('xxabc')?.slice(1)).toEqual(['xx', 'a', 'c']);
});

describe('required literals', () => {
  test.each<[string, string[] | undefined]>([
    ['/viagra/i', ['viagra']],
    ['/\\bcheap (?:viagra|cialis)\\b/', ['cheap viagra', 'cheap cialis']],
    ['/[vV]iagra/', ['viagra']],
    ['/v[i1]agra/', ['v1agra', 'viagra']],
    ['/via?gra/', ['vigra', 'viagra']],
    ['/free.{1,20}money/', ['money']],
    ['/(?=.*pillow)x/', ['pillow']],
    ['/(?!pillow)x/', undefined],
    ['/\\d+/', undefined],
    ['/(?:pillow|\\d)/', undefined],
    ['/(?:pillow)?x/', undefined],
    ['/(?:pill){2,}/', ['pillpill']],
    ['/a|b/', undefined],
    ['/caf\\xc9 noir/i', ['caf\xe9 noir']],
  ])('%s', (pattern, expected) => {
    const { source, flags } = readDelimited(pattern);
    expect(translatePattern(parsePattern(source, flags)).literals).toEqual(expected);
  });

  test.each<[string, string[], string[]?]>([
    ['/pillow.{1,20}quilt/', ['pillow'], ['quilt']],
    ['/pillow.{1,20}pillow/', ['pillow']],
    ['/pillow(?:<[^>]*>)?quilt.*zzzz/', ['>quilt', 'pillowquilt'], ['pillow']],
    ['/<a [^>]*>(?:x[^>]*>)*pillow/', ['>pillow'], ['<a ']],
    ['/(?:pillow|quilt)x?.*(?:duvet|sheet)/', ['quilt', 'pillow'], ['duvet', 'sheet']],
    ['/(?:pillow.*|.*quilt)/', ['quilt', 'pillow']],
    ['/(?=.*pillow).*quilt.*duvet/', ['pillow'], ['quilt']],
  ])('%s in several places', (pattern, expected, more) => {
    const { source, flags } = readDelimited(pattern);
    const { literals, also } = translatePattern(parsePattern(source, flags));
    expect([literals, also]).toEqual([expected, more]);
  });

  test('too many are cut to their beginnings', () => {
    const branches = Array.from({ length: 10 }, (_, index) => `x${index}[ab][cd][ef][gh][ij][kl]z`);
    const { literals } = translatePattern(parsePattern(branches.join('|'), ''));
    expect(literals).toHaveLength(160);
    expect(literals).toContain('x7bdfh');
  });

  test('what matches holds one of them', () => {
    const word = fc.stringMatching(/^[a-c]{1,3}$/);
    const pattern = fc.letrec<{ node: string }>((tie) => ({
      node: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        word,
        fc.constantFrom('[ab]', '.', '\\w', 'x?', '^', '\\b'),
        fc.tuple(tie('node'), tie('node')).map(([one, other]) => one + other),
        fc.tuple(tie('node'), tie('node')).map(([one, other]) => `(?:${one}|${other})`),
        fc
          .tuple(tie('node'), fc.constantFrom('?', '*', '+', '{2}', '{1,3}', '{0,2}', '*?', '++'))
          .map(([one, count]) => `(?:${one})${count}`),
        tie('node').map((one) => `(?=${one})`),
        tie('node').map((one) => `(?!${one})`),
      ),
    })).node;
    fc.assert(
      fc.property(pattern, fc.stringMatching(/^[a-cA-Cx ]{0,12}$/), (source, text) => {
        const translation = translatePattern(parsePattern(source, 'i'));
        const { source: translated, flags, literals, also } = translation;
        const matched = new RegExp(translated, flags).test(text);
        if (!matched || literals === undefined) return;
        for (const set of also === undefined ? [literals] : [literals, also])
          expect(set.some((literal) => text.toLowerCase().includes(literal))).toBe(true);
      }),
      { numRuns: 1500 },
    );
  });
});

test('never throws anything but a PatternError, whatever the pattern', () => {
  const pieces = fc.constantFrom(
    ...'abé\xff\n ()[]{}|*+?.^$\\-,:=!<>#1289xXwWsSdDbBpPQEKRGZAzonegkN\'"&'.split(''),
    '(?:',
    '(?<',
    '(?i',
    '[[:',
    ':]]',
    '\\x{',
    '\\p{L',
    '{1,',
    '(?P<n>',
    '\\g{',
    '(?|',
    '(?^',
  );
  fc.assert(
    fc.property(
      fc.array(pieces, { maxLength: 25 }),
      fc.stringMatching(/^[imsxnaq]{0,3}$/),
      (parts, flags) => {
        try {
          compilePattern({ source: parts.join(''), flags }).test('ab\xff\n');
        } catch (error) {
          expect(error).toBeInstanceOf(PatternError);
        }
      },
    ),
    { numRuns: 3000 },
  );
});

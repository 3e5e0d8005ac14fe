import fc from 'fast-check';
import { RE2JS } from 're2js';
import { describe, expect, test } from 'vitest';
import type { Folding } from './brackets.ts';
import { RegexError } from './error.ts';
import { translate } from './translate.ts';

const limits = { length: 4096, states: 4000 };

/** What an expression matches in a text, and its groups; undefined for nothing. */
function match(pattern: string, text: string, folding: Folding = 'octet'): (string | null)[] | undefined {
  const { source } = translate(pattern, folding, limits);
  const engine = RE2JS.compile(source, RE2JS.DOTALL | RE2JS.LONGEST_MATCH);
  const matcher = engine.matcher(folding === 'ascii' ? text.toUpperCase() : text);
  if (!matcher.find()) return undefined;
  return Array.from({ length: engine.groupCount() + 1 }, (_, group) => matcher.group(group));
}
const found = (pattern: string, text: string, folding?: Folding): string | null | undefined =>
  match(pattern, text, folding)?.[0];
function fault(pattern: string, own = limits): string {
  try {
    translate(pattern, 'octet', own);
  } catch (error) {
    if (error instanceof RegexError) return error.message;
    throw error;
  }
  return '';
}

describe('extended regular expressions of POSIX', () => {
  test.each([
    ['abc', 'xabcx', 'abc'],
    ['a.c', 'a\nc', 'a\nc'],
    ['^abc$', 'x\nabc', undefined],
    ['^b', 'a\nb', undefined],
    ['a$', 'a\n', undefined],
    ['ab*', 'abbbc', 'abbb'],
    ['ab+', 'ac', undefined],
    ['ab?c', 'ac', 'ac'],
    ['a|b|', 'xb', ''],
    ['(ab|a)(bc)?', 'abc', 'abc'],
    ['xyz|xyzab', 'xyzabc', 'xyzab'],
    ['()', 'a', ''],
    ['a{2}', 'aaa', 'aa'],
    ['a{2,}', 'aaaa', 'aaaa'],
    ['a{1,3}', 'aaaa', 'aaa'],
    ['a{,2}b', 'aaab', 'aab'],
    ['a{0}b', 'ab', 'b'],
    // No lazy and no possessive repetition.
    ['a*?', 'aaa', 'aaa'],
    ['a+?b', 'aab', 'aab'],
    ['a**', 'aa', 'aa'],
    ['(ab){2}{2}', 'abababab', 'abababab'],
    ['\\.\\*\\[\\]\\^\\$\\+\\?\\(\\)\\{\\}\\|\\\\', '.*[]^$+?(){}|\\', '.*[]^$+?(){}|\\'],
    ['a\\/b\\@c\\-d', 'a/b@c-d', 'a/b@c-d'],
    ['a)b', 'a)b', 'a)b'],
    ['a}b]', 'a}b]', 'a}b]'],
    ['ä.ö', 'xäüö', 'äüö'],
    ['^.$', '😀', '😀'],
    // What would be signs of RE2 are letters and signs here.
    ['\\Q\\E\\A\\z\\p', 'QEAzp', 'QEAzp'],
    ['\\w+', '-ab_1ü-', 'ab_1ü'],
    ['\\W', 'a b', ' '],
    ['\\s\\S', 'a b', ' b'],
    ['\\bon\\b', 'iron on', 'on'],
    ['\\<on\\>', 'iron on', 'on'],
    ['\\d\\D', 'a12b', '2b'],
    ['\\n', 'n', 'n'],
  ])('%s in %s', (pattern, text, expected) => {
    expect(found(pattern, text)).toBe(expected);
  });

  test('groups', () => {
    expect(match('(a)(b)?(c)', 'ac')).toEqual(['ac', 'a', null, 'c']);
    expect(match('((a)(b))', 'ab')).toEqual(['ab', 'ab', 'a', 'b']);
    expect(match('(.*)-(.*)', 'a-b-c')).toEqual(['a-b-c', 'a-b', 'c']);
  });
});

describe('bracket expressions', () => {
  test.each([
    ['[abc]+', 'xcabx', 'cab'],
    ['[^abc]+', 'axyb', 'xy'],
    ['[a-c]+', 'xabcd', 'abc'],
    ['[]a]+', 'x]a', ']a'],
    ['[^]a]+', ']x', 'x'],
    ['[a-]+', 'x-a', '-a'],
    ['[-a]+', 'x-a', '-a'],
    ['[a\\n]+', 'x\\n', '\\n'],
    ['[\\]]', 'a\\]', '\\]'],
    ['[[.a.][=b=]]+', 'xab', 'ab'],
    ['[[.-.]-/]+', 'a-./', '-./'],
    ['[%--]+', "x&'()*+,-", "&'()*+,-"],
    ['[[:alpha:]]+', '1äb2', 'äb'],
    ['[[:digit:]]+', 'a12b', '12'],
    ['[[:alnum:]_]+', '-a_1-', 'a_1'],
    ['[[:upper:]]+', 'aBCd', 'BC'],
    ['[[:lower:]]+', 'AbcD', 'bc'],
    ['[[:space:]]+', 'a \t\r\n b', ' \t\r\n '],
    ['[[:blank:]]+', 'a \t\nb', ' \t'],
    ['[[:punct:]]+', 'a$+!?]^b', '$+!?]^'],
    ['[[:cntrl:]]', 'a\u0007', '\u0007'],
    ['[[:graph:]]+', ' a! ', 'a!'],
    ['[[:print:]]+', '\ta b\n', 'a b'],
    ['[[:xdigit:]]+', 'xafAF9g', 'afAF9'],
    ['[^[:space:]]+', ' ab ', 'ab'],
    ['[^[:alpha:]-]', 'a-1', '1'],
    ['[😀-😂]', 'x😁', '😁'],
    ['[[a]+', 'x[a', '[a'],
  ])('%s in %s', (pattern, text, expected) => {
    expect(found(pattern, text)).toBe(expected);
  });

  test.each([
    ['[a-c]x', 'BX', 'BX'],
    ['[^a]', 'aAb', 'B'],
    ['[[:lower:]]+', 'Ab', 'AB'],
    ['[[:upper:]]+', 'Ab', 'AB'],
    ['[Z-c]+', 'abz', 'ABZ'],
    ['straße', 'Straße', undefined],
    ['str', 'STR', 'STR'],
  ])('without regard to the case of ASCII: %s in %s', (pattern, text, expected) => {
    // The text is folded to upper case, "ß" to "SS" by this test only.
    expect(found(pattern, text, 'ascii')).toBe(expected);
  });
});

test.each([
  ['*a', 'nothing stands before * that could be repeated'],
  ['a|+b', 'nothing stands before +'],
  ['(?i)a', 'nothing stands before ?'],
  ['{2}', 'nothing stands before {'],
  ['^*a', '^ cannot be repeated'],
  ['(a', '( is not closed with )'],
  ['[a', '[ is not closed with ]'],
  ['[]', '[ is not closed with ]'],
  ['[[:foo:]]', 'unknown character class [:foo:]'],
  ['[[:alpha]', '[: is not closed with :]'],
  ['[z-a]', 'range z-a ends before it begins'],
  ['[a-[:digit:]]', 'a class cannot end a range'],
  ['[[.ab.]]', '[.ab.] is not one character'],
  ['a\\', 'a backslash stands at the end'],
  ['(a)\\1', 'back-reference \\1 cannot be matched in linear time'],
  ['a{', '{ must be followed by a number'],
  ['a{x}', '{ must be followed by a number'],
  ['a{,}', '{ must be followed by a number'],
  ['a{3,2}', '{3,2}: the first number is larger than the second'],
  ['a{1001}', '{1001}: more than 1000 repetitions'],
  ['(((a{100}){100}){100}){100}', 'expression is too large (at most 4000 states)'],
  ['('.repeat(102), 'groups are nested too deep (at most 100)'],
  ['a'.repeat(4097), 'expression of 4097 characters is too long (at most 4096)'],
])('%s cannot be used', (pattern, text) => {
  expect(fault(pattern)).toContain(text);
});

test('whatever is written is refused or compiles, and agrees with the engine of the language where both understand it', () => {
  const piece = fc.constantFrom(
    'a',
    'b',
    '.',
    '[ab]',
    '[^a]',
    '(a|b)',
    '(ab)',
    '^',
    '$',
    'a*',
    'b+',
    '(a|bc)?',
    'c{1,2}',
    '|',
  );
  const pattern = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''));
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 8 });
  fc.assert(
    fc.property(pattern, text, (source, value) => {
      expect(match(source, value) !== undefined).toBe(new RegExp(source, 's').test(value));
    }),
    { numRuns: 300 },
  );
  const signs = fc.string({
    unit: fc.constantFrom(...Array.from('ab[]^-$.*+?{}(),|\\:=1dwä')),
    maxLength: 12,
  });
  fc.assert(
    fc.property(signs, (source) => {
      if (fault(source) === '') expect(() => match(source, 'ab')).not.toThrow();
    }),
    { numRuns: 500 },
  );
});

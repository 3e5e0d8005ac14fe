import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { actions, faults, holds, mail, runInput } from '../../../test/support/sieve.ts';
import { unicodeCasemap } from './unicode-casemap.ts';

const fold = (text: string): string => unicodeCasemap.fold(text);
const requires = ['comparator-i;unicode-casemap', 'variables', 'fileinto', 'relational'];
const CMP = ':comparator "i;unicode-casemap"';
const input = runInput(mail('Subject: Öffnungszeiten im CAFÉ — ﬁnal, ǆ', 'X: cafe\u0301 ΣΊΣΥΦΟΣ', '', ''));
const is = (source: string): boolean => holds(source.replace('CMP', CMP), input, requires);

describe('RFC 5051 §2', () => {
  test.each([
    ['abc', 'ABC'],
    ['é', 'E\u0301'],
    ['e\u0301', 'E\u0301'],
    ['\u01c4', 'DZ\u030c'],
    ['\u01c6', 'DZ\u030c'],
    ['ǆ', fold('Dž')],
    ['ﬁ', 'FI'],
    ['ß', 'ß'],
    ['ς', 'Σ'],
    ['σ', 'Σ'],
    ['ა', 'ა'],
    ['ᾳ', 'Α\u0399'],
    ['ᾀ', fold('ᾈ')],
    ['İ', 'I\u0307'],
    ['Å', 'A\u030a'],
    ['Ａ', 'A'],
    ['한', '한'],
    ['𐐨', '𐐀'],
    ['²', '2'],
  ])('%s becomes %s', (text, expected) => {
    expect(fold(text)).toBe(expected);
  });

  test('what is folded stays as it is, and places fit', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const once = fold(text);
        expect(fold(once)).toBe(once);
        const places = unicodeCasemap.places?.(text) ?? [];
        expect(places).toHaveLength(once.length + 1);
        expect(places.at(-1)).toBe(text.length);
      }),
      { numRuns: 300 },
    );
  });
});

test.each([
  ['header :contains CMP "subject" "öffnungszeiten"', true],
  ['header :contains CMP "subject" "O\u0308FFNUNGS"', true],
  ['header :contains CMP "subject" "final, ǅ"', true],
  ['header :is CMP "x" "CAFÉ σίσυφος"', true],
  ['header :matches CMP "x" "CAF* Σίσυφος"', true],
  ['header :matches CMP "x" "caf? *φος"', true],
  ['header :matches CMP "x" "caf?? *φος"', false],
  ['header :matches CMP "x" "cafê*"', false],
  ['header :contains "subject" "öff"', false],
  ['string :value "lt" CMP "ä" "B"', true],
  ['string :value "gt" CMP "é" "e"', true],
  ['string :matches CMP "a＊b" "a＊?"', true],
  ['string :matches CMP "axb" "a＊b"', false],
])('%s', (source, outcome) => {
  expect(is(source)).toBe(outcome);
});

describe('wildcards stand for what was written', () => {
  const captured = (text: string, pattern: string): string[] =>
    actions(
      `require ${JSON.stringify(requires)}; if string :matches ${CMP} "${text}" "${pattern}" { fileinto "\${0}|\${1}|\${2}|\${3}"; }`,
      input,
    );

  test.each([
    ['Crème Brûlée', 'CRÈME *', 'Crème Brûlée|Brûlée||'],
    ['Crème Brûlée', '*e?e *', 'keep'],
    ['Crème Brûlée', '* br?l*', 'Crème Brûlée|Crème|û|ée'],
    ['cafe\u0301 ﬁx', 'CAF? *x', 'cafe\u0301 ﬁx|e\u0301|ﬁ|'],
    ['ﬁx', '*x', 'ﬁx|ﬁ||'],
    ['😀é!', '??!', '😀é!|😀|é|'],
  ])('%s by %s', (text, pattern, expected) => {
    expect(captured(text, pattern)).toEqual([
      expected === 'keep' ? 'implicit keep' : `fileinto ${JSON.stringify(expected)}`,
    ]);
  });
});

test('long texts are paid for', () => {
  const set = `set "a" "${'ä'.repeat(30_000)}";`;
  const tests = 'if string :contains :comparator "i;unicode-casemap" "${a}" "b" { keep; }'.repeat(50);
  const source = `require ${JSON.stringify(requires)}; ${set} ${tests}`;
  expect(actions(source, input, { limits: { steps: 50_000 } })).toEqual([
    'implicit keep',
    'error in line 1: script takes too much work',
  ]);
});

test('it must be required', () => {
  expect(faults('if header :comparator "i;unicode-casemap" "a" "b" { keep; }')).toEqual([
    '1:23 error: header: comparator "i;unicode-casemap" needs require "comparator-i;unicode-casemap"',
  ]);
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cpuTime } from '../../../test/support/cpu.ts';
import { compiled, holds, mail, runInput, runNow } from '../../../test/support/sieve.ts';
import { asciiCasemap, asciiNumeric, octet } from './comparators.ts';
import { find, needle } from './search.ts';
import { matchPattern, parsePattern, wildcards } from './pattern.ts';

/** Whole value and what each wildcard stood for; undefined when it does not match. */
function glob(pattern: string, value: string): string[] | undefined {
  const parsed = parsePattern(pattern, (text) => text);
  const places = matchPattern(parsed, value);
  return places === undefined
    ? undefined
    : [value, ...wildcards(parsed, places, (start, end) => value.slice(start, end))];
}

describe('patterns (RFC 5228 §2.7.1)', () => {
  const cases: readonly (readonly [string, string, string[] | undefined])[] = [
    ['', '', []],
    ['', 'a', undefined],
    ['a', 'a', []],
    ['a', 'ab', undefined],
    ['*', '', ['']],
    ['*', 'abc', ['abc']],
    ['**', 'abc', ['', 'abc']],
    ['a*', 'abc', ['bc']],
    ['*c', 'abc', ['ab']],
    ['a*a', 'a', undefined],
    ['a*a', 'aa', ['']],
    ['*ab*', 'xababy', ['x', 'aby']],
    ['*[*]*', 'x [list] y [z]', ['x ', 'list', ' y [z]']],
    ['?', 'a', ['a']],
    ['?', '', undefined],
    ['??', 'a', undefined],
    ['a?c*', 'abcd', ['b', 'd']],
    ['*a?b*', 'xaab-aXb', ['x', 'a', '-aXb']],
    ['?*?', 'ab', ['a', '', 'b']],
    ['\\*', '*', []],
    ['\\*', 'a', undefined],
    ['\\?\\a\\\\', '?a\\', []],
    ['a\\', 'a\\', []],
    ['*\\**', 'a*b', ['a', 'b']],
    ['*abc', 'ababc', ['ab']],
    ['*?c', 'abc', ['a', 'b']],
  ];
  for (const [pattern, value, found] of cases)
    test(`${JSON.stringify(pattern)} on ${JSON.stringify(value)}`, () => {
      expect(glob(pattern, value)).toEqual(found === undefined ? undefined : [value, ...found]);
    });

  test('agrees with a regular expression, captures too', () => {
    const letters = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '\\'), maxLength: 8 });
    const values = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '\\'), maxLength: 12 });
    fc.assert(
      fc.property(letters, values, (pattern, value) => {
        const source = pattern.replace(
          /\\(.)|([*?])|(.)/gs,
          (_, escaped?: string, wild?: string, plain?: string) => {
            if (wild !== undefined) return wild === '*' ? '(.*?)' : '(.)';
            return (escaped ?? plain ?? '').replace(/[*?\\]/, '\\$&');
          },
        );
        const expected = new RegExp(`^${source}$`, 's').exec(value);
        expect(glob(pattern, value)).toEqual(expected === null ? undefined : [...expected]);
      }),
      { numRuns: 500 },
    );
  });

  test('no pattern takes long', () => {
    const value = 'a'.repeat(100_000);
    const patterns = [
      '*a'.repeat(50_000) + 'b',
      '*?a'.repeat(1000) + 'b',
      `*${'a'.repeat(1000)}b*`,
      '*?'.repeat(1000) + 'b',
    ];
    const used = cpuTime(() => {
      for (const pattern of patterns) expect(glob(pattern, value)).toBeUndefined();
    });
    expect(used).toBeLessThan(1000);
  });
});

describe('searching', () => {
  test('finds what the engine finds, with long keys too', () => {
    const letters = (maxLength: number) => fc.string({ unit: fc.constantFrom('a', 'b'), maxLength });
    fc.assert(
      fc.property(letters(5), fc.nat(20), letters(200), fc.nat(50), (part, times, text, from) => {
        const key = part.repeat(times);
        for (const hay of [text, text + key, text + key + text])
          expect(find(needle(key), hay, from)).toBe(hay.indexOf(key, from));
      }),
      { numRuns: 300 },
    );
  });

  test('no key takes long', () => {
    const text = 'a'.repeat(1_000_000);
    const used = cpuTime(() => {
      for (const half of [500, 5000, 50_000])
        expect(find(needle(`${'a'.repeat(half)}b${'a'.repeat(half)}`), text, 0)).toBe(-1);
    });
    expect(used).toBeLessThan(1000);
  });
});

describe('comparators (RFC 4790)', () => {
  test('i;ascii-casemap knows only ASCII letters', () => {
    expect(asciiCasemap.fold('aZ[`{é')).toBe('AZ[`{é');
    expect(asciiCasemap.fold('straße ﬁ ı')).toBe('STRAßE ﬁ ı');
    expect(Math.sign(asciiCasemap.order(asciiCasemap.fold('a'), asciiCasemap.fold('_')))).toBe(-1);
  });

  test('i;octet orders by octets', () => {
    expect(octet.fold('aZ')).toBe('aZ');
    for (const [a, b] of [
      ['a', 'b'],
      ['a', 'aa'],
      ['', 'a'],
      ['\uffee', '\u{1f600}'],
      ['Z', 'a'],
    ] as const) {
      expect(octet.order(a, b)).toBeLessThan(0);
      expect(octet.order(b, a)).toBeGreaterThan(0);
      expect(Math.sign(Buffer.compare(Buffer.from(a), Buffer.from(b)))).toBe(-1);
    }
    expect(octet.order('x', 'x')).toBe(0);
  });

  test('i;ascii-numeric', () => {
    const order = (a: string, b: string): number =>
      Math.sign(asciiNumeric.order(asciiNumeric.fold(a), asciiNumeric.fold(b)));
    expect(order('5', '12x')).toBe(-1);
    expect(order('010', '10')).toBe(0);
    expect(order('x', '99999999999999999999999')).toBe(1);
    expect(order('1', '')).toBe(-1);
    expect(order('x', 'y')).toBe(0);
    expect(order('-1', '1')).toBe(1);
    expect(order('0', '000')).toBe(0);
    expect(order(`1${'0'.repeat(400)}`, `2${'0'.repeat(400)}`)).toBe(-1);
  });
});

describe('in tests', () => {
  const numeric = 'comparator-i;ascii-numeric';
  const input = runInput(
    mail('Subject: Über =?utf-8?q?Stra=C3=9Fe?= 7', 'X-N: 042 things', 'X-E:', 'X-Long: a', '  b  ', '', ''),
  );

  test(':is, :contains and :matches with the comparators', () => {
    expect(holds('header "subject" "Über straße 7"', input)).toBe(true);
    expect(holds('header :comparator "i;octet" "subject" "Über straße 7"', input)).toBe(false);
    expect(holds('header "subject" "über Straße 7"', input)).toBe(false);
    expect(holds('header :contains "subject" ["x", "STRA"]', input)).toBe(true);
    expect(holds('header :contains :comparator "i;octet" "subject" "STRA"', input)).toBe(false);
    expect(holds('header :matches "subject" "*STRA?*7"', input)).toBe(true);
    expect(holds('header :is "x-long" "a  b"', input)).toBe(true);
    expect(holds('header :is "x-e" ""', input)).toBe(true);
    expect(holds('header :contains "x-none" ""', input)).toBe(false);
    expect(holds('not header :is ["x-none", "x-e"] ["a", "b"]', input)).toBe(true);
  });

  test('? is an octet with the basic comparators (RFC 5228 §2.7.1)', () => {
    expect(holds('header :matches "subject" "?ber*"', input)).toBe(false);
    expect(holds('header :matches "subject" "??ber stra??e ?"', input)).toBe(true);
    expect(holds('header :matches "subject" "über*"', input)).toBe(false);
    expect(holds('header :matches "subject" "Üb*ße ?"', input)).toBe(true);
  });

  test('i;ascii-numeric', () => {
    expect(holds(`header :comparator "i;ascii-numeric" "x-n" "42"`, input, [numeric])).toBe(true);
    expect(holds(`header :comparator "i;ascii-numeric" "x-n" "420"`, input, [numeric])).toBe(false);
    expect(holds(`header :comparator "i;ascii-numeric" "x-e" "none"`, input, [numeric])).toBe(true);
  });

  test('a script that compares too much is ended, and the mail kept', () => {
    const keys = JSON.stringify(Array.from({ length: 500 }, (_, index) => `*?${'a'.repeat(20)}${index}*`));
    const script = compiled(`discard;\nif header :matches "x" ${keys} { stop; }\n`.repeat(5));
    const large = runInput(mail(`X: ${'a'.repeat(60_000)}`, '', ''));
    const used = cpuTime(() => {
      const outcome = runNow(script, large);
      expect(outcome.error).toMatchObject({ text: 'script takes too much work' });
      expect(outcome.actions).toEqual([{ type: 'keep', line: 0, implicit: true }]);
    });
    expect(used).toBeLessThan(5000);
  });
});

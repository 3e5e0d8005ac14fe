import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { finder, readEntries } from './entries.ts';
import { MAP_KINDS, MAP_LIMITS, type MapKind } from './settings.ts';

const listed = (kind: MapKind, lines: string[], value: string): boolean => {
  const { entries, faults } = readEntries(kind, lines);
  expect(faults).toEqual([]);
  return finder(kind, entries)(value);
};

test.each<[MapKind, string, string, boolean]>([
  ['address', 'Anna@Example.org', 'anna@EXAMPLE.org', true],
  ['address', 'anna@example.org', 'hanna@example.org', false],
  ['domain', 'example.org', 'a@mail.Example.ORG', true],
  ['domain', '*.example.org', 'example.org', true],
  ['domain', '@example.org', 'anna@example.org', true],
  ['domain', 'example.org', 'notexample.org', false],
  ['domain', 'example.org', 'example.org.evil.test', false],
  ['domain', 'bücher.example', 'www.xn--bcher-kva.example', true],
  ['network', '192.0.2.0/24', '192.0.2.77', true],
  ['network', '2001:db8::/32', '2001:db8::1', true],
  ['network', '192.0.2.0/24', 'www.example.org', false],
  ['hash', 'D41D8CD98F00B204E9800998ECF8427E', 'd41d8cd98f00b204e9800998ecf8427e', true],
  ['exact', 'Invoice.exe', 'invoice.EXE', true],
  ['exact', 'invoice', 'invoice.exe', false],
  ['regex', '^win (a|the) prize', 'WIN THE PRIZE', true],
  ['regex', '^prize', 'a prize', false],
  ['regex', 'issue #[0-9]+', 'Issue #12', true],
])('%s %s: %s is listed: %s', (kind, entry, value, expected) => {
  expect(listed(kind, [entry], value)).toBe(expected);
});

describe('lines', () => {
  test('comments and empty lines are none', () => {
    const lines = ['# ours', '', '  a@example.org  # a friend', '\tb@example.org', '#c@example.org'];
    expect(readEntries('address', lines)).toEqual({
      entries: ['a@example.org', 'b@example.org'],
      faults: [],
    });
  });

  test.each<[MapKind, string]>([
    ['address', 'example.org'],
    ['domain', 'http://example.org/'],
    ['network', '192.0.2.0/40'],
    ['network', 'localhost'],
    ['hash', 'abc'],
    ['hash', 'z'.repeat(32)],
    ['regex', '(unfinished'],
    ['regex', '(?=ahead)'],
    ['regex', 'x'.repeat(MAP_LIMITS.regexLength + 1)],
  ])('%s: %s is left out, with its line', (kind, line) => {
    expect(readEntries(kind, ['# first', line])).toEqual({
      entries: [],
      faults: [{ line: 2, text: expect.any(String) as string }],
    });
  });

  test('expressions beyond the limit are left out', () => {
    const lines = Array.from({ length: MAP_LIMITS.regexes + 2 }, (_, index) => `word${index}`);
    const { entries, faults } = readEntries('regex', lines);
    expect(entries).toHaveLength(MAP_LIMITS.regexes);
    expect(faults.map(({ line }) => line)).toEqual([MAP_LIMITS.regexes + 1, MAP_LIMITS.regexes + 2]);
  });

  test('what was read can be read again, and be looked in, whatever it was', () => {
    const kinds = Object.keys(MAP_KINDS) as MapKind[];
    fc.assert(
      fc.property(
        fc.constantFrom(...kinds),
        fc.array(fc.string({ unit: 'binary' })),
        fc.string(),
        (kind, lines, value) => {
          const { entries } = readEntries(kind, lines);
          expect(finder(kind, entries)(value)).toBeTypeOf('boolean');
          expect(readEntries(kind, entries).entries.length).toBeLessThanOrEqual(entries.length);
        },
      ),
      { numRuns: 300 },
    );
  });
});

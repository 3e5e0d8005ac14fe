import fc from 'fast-check';
import { expect, test } from 'vitest';
import { headerFields } from './header-fields.ts';
import { WHOLE } from './section.ts';

const HEADER =
  'Received: a\r\n\tb\r\nSubject: one\r\nX-Empty:\r\nsubject : two\r\nno field\r\nTo: c\r\n d\r\n\r\n';
const named = (
  header: string,
  names: string[],
  not = false,
  path: number[] = [],
  endsMessage = true,
): string => {
  const section = { ...WHOLE, path, text: not ? 'not-fields' : 'fields', fields: new Set(names) } as const;
  return headerFields(Buffer.from(header), section, endsMessage).toString();
};

test('fields come as they stand, with what is folded', () => {
  expect(named(HEADER, ['subject'])).toBe('Subject: one\r\nsubject : two\r\n\r\n');
  expect(named(HEADER, ['subject'], true)).toContain('no field\r\n');
  expect(named(`From someone\r\n${HEADER}`, ['to'], true)).toMatch(/^From someone\r\n/);
  expect(named(HEADER, ['to', 'received'])).toBe('Received: a\r\n\tb\r\nTo: c\r\n d\r\n\r\n');
  expect(named(HEADER, ['x-empty'])).toBe('X-Empty:\r\n\r\n');
  expect(named(HEADER, [])).toBe('\r\n');
  expect(named(HEADER, [], true)).toBe(HEADER);
  expect(named('', ['a'])).toBe('');
  expect(named('\r\n', ['a'])).toBe('\r\n');
});

test('a header that ends with the message has no empty line', () => {
  expect(named('A: b', ['a'])).toBe('A: b\r\n');
  expect(named('A: b\r\n', ['a'])).toBe('A: b\r\n\r\n');
  expect(named('A: b\r\n', ['c'], true)).toBe('A: b\r\n');
  expect(named('A: b', ['c'], true)).toBe('A: b');
  expect(named('A: b\r\n', ['a'], false, [1])).toBe('A: b\r\n');
  expect(named('A: b\r\n', ['a'], false, [1], false)).toBe('A: b\r\n\r\n');
  expect(named('A: b\r\n', ['c'], true, [1], false)).toBe('A: b\r\n\r\n');
  expect(named('A: b\r\n', ['a'], true)).toBe('');
});

test('those named and those not named are the header together', () => {
  const line = fc.constantFrom('A: 1', 'B: 2', 'a : 3', ' folded', '\tfolded', 'stray', 'C:', ':');
  fc.assert(
    fc.property(fc.array(line, { maxLength: 12 }), fc.subarray(['a', 'b', 'c', '']), (lines, names) => {
      const header = `${lines.map((one) => `${one}\r\n`).join('')}\r\n`;
      const both = named(header, names).length + named(header, names, true).length;
      expect(both).toBe(header.length + 2);
    }),
    { numRuns: 300 },
  );
});

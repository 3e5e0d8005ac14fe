import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyHeaderEdits } from './edits.ts';
import { foldHeaderValue } from './fold.ts';
import { diffHeaders, normalizeHeaderEdits } from './header-diff.ts';
import { parseMessage } from './parse.ts';
import type { HeaderEdit } from './types.ts';

const bytes = (text: string): Buffer => Buffer.from(text, 'latin1');
const edit = (text: string, ...edits: HeaderEdit[]): string =>
  Buffer.concat(applyHeaderEdits(bytes(text), edits)).toString('latin1');

const CRLF = 'A: 1\r\nB: 2\r\n\tmore\r\nA: 3\r\n\r\nbody\r\n';
const LF = CRLF.replaceAll('\r\n', '\n');

describe('applyHeaderEdits', () => {
  test.each([
    ['add', { kind: 'add', name: 'X', value: 'y' }, 'A: 1\nB: 2\n\tmore\nA: 3\nX: y\n\nbody\n'],
    ['insert at the top', { kind: 'insert', position: 0, name: 'X', value: 'y' }, `X: y\n${LF}`],
    [
      'insert',
      { kind: 'insert', position: 2, name: 'X', value: 'y\n z' },
      'A: 1\nB: 2\n\tmore\nX: y\n z\nA: 3\n\nbody\n',
    ],
    [
      'insert beyond',
      { kind: 'insert', position: 9, name: 'X', value: 'y' },
      'A: 1\nB: 2\n\tmore\nA: 3\nX: y\n\nbody\n',
    ],
    ['change', { kind: 'change', name: 'a', index: 2, value: 'new' }, 'A: 1\nB: 2\n\tmore\na: new\n\nbody\n'],
    [
      'change of a missing field',
      { kind: 'change', name: 'C', index: 1, value: 'n' },
      'A: 1\nB: 2\n\tmore\nA: 3\nC: n\n\nbody\n',
    ],
    ['remove', { kind: 'remove', name: 'b', index: 1 }, 'A: 1\nA: 3\n\nbody\n'],
    ['remove of a missing field', { kind: 'remove', name: 'b', index: 2 }, LF],
  ] as const)('%s', (_, change, expected) => {
    expect(edit(LF, change)).toBe(expected);
    expect(edit(CRLF, change)).toBe(expected.replaceAll('\n', '\r\n'));
  });

  test('edits count in the header as received, in any order', () => {
    const edits: HeaderEdit[] = [
      { kind: 'remove', name: 'A', index: 1 },
      { kind: 'change', name: 'A', index: 2, value: 'three' },
      { kind: 'insert', position: 1, name: 'P', value: 'p' },
      { kind: 'insert', position: 1, name: 'Q', value: 'q' },
    ];
    expect(edit(LF, ...edits)).toBe('P: p\nQ: q\nB: 2\n\tmore\nA: three\n\nbody\n');
  });

  test('the body is a view of the bytes received', () => {
    const raw = bytes(LF);
    const pieces = applyHeaderEdits(parseMessage(raw), [
      { kind: 'insert', position: 0, name: 'X', value: 'y' },
    ]);
    expect(pieces).toHaveLength(2);
    expect(pieces[1]?.buffer).toBe(raw.buffer);
    expect(applyHeaderEdits(raw, [])).toEqual([raw]);
  });

  test.each([
    ['header without an ending', 'A: 1', 'A: 1\r\nX: y\r\n'],
    ['header only', 'A: 1\n', 'A: 1\nX: y\n'],
    ['no header', '\nbody', 'X: y\n\nbody'],
    ['no header and no empty line', 'body\n', 'X: y\n\nbody\n'],
    ['nothing', '', 'X: y\r\n'],
    ['From_ line', 'From a Mon\nA: 1\n\nb', 'From a Mon\nA: 1\nX: y\n\nb'],
    ['body in the header', 'A: 1\nsome text\nmore\n', 'A: 1\nX: y\nsome text\nmore\n'],
  ])('%s', (_, before, after) => {
    expect(edit(before, { kind: 'add', name: 'X', value: 'y' })).toBe(after);
  });

  test('fields beyond the limit stay', () => {
    const raw = `${'A: 1\n'.repeat(12_000)}\nbody`;
    const message = parseMessage(bytes(raw));
    expect(message.header.fields).toHaveLength(10_000);
    const out = Buffer.concat(
      applyHeaderEdits(message, [{ kind: 'insert', position: 0, name: 'X', value: 'y' }]),
    );
    expect(out.toString()).toBe(`X: y\n${raw}`);
  });

  test.each([
    { kind: 'add', name: 'X', value: 'a\nBcc: b' },
    { kind: 'add', name: 'X', value: 'a\r\n\r\nbody' },
    { kind: 'add', name: 'X', value: 'a\n' },
    { kind: 'add', name: 'X', value: 'a\n \n b' },
    { kind: 'add', name: 'X', value: 'a\rb' },
    { kind: 'add', name: 'X', value: 'a\0b' },
    { kind: 'add', name: 'X:', value: 'a' },
    { kind: 'add', name: 'X Y', value: 'a' },
    { kind: 'add', name: '', value: 'a' },
    { kind: 'add', name: 'Ä', value: 'a' },
    { kind: 'insert', position: -1, name: 'X', value: 'a' },
    { kind: 'remove', name: 'X', index: 0 },
    { kind: 'change', name: 'X', index: 1.5, value: '' },
  ] as const satisfies HeaderEdit[])('refuses $name $value', (change) => {
    expect(() => edit(LF, change)).toThrow(TypeError);
  });
});

const field = fc.record({
  name: fc.constantFrom('A', 'B', 'C', 'Subject'),
  value: fc.constantFrom('1', '2', 'a b', 'x\n y', 'ü'),
});
const header = (fields: readonly { name: string; value: string }[], ending: string): Buffer =>
  Buffer.from(
    `${fields.map(({ name, value }) => `${name}: ${value}\n`).join('')}\nbody\n`.replaceAll('\n', ending),
  );

describe('diffHeaders', () => {
  test('what is applied reads as wanted, in both line endings', () => {
    fc.assert(
      fc.property(
        fc.array(field, { maxLength: 12 }),
        fc.array(field, { maxLength: 12 }),
        fc.boolean(),
        (old, wanted, crlf) => {
          const ending = crlf ? '\r\n' : '\n';
          const raw = header(old, ending);
          const edits = diffHeaders(parseMessage(raw).header, wanted);
          const out = Buffer.concat(applyHeaderEdits(raw, edits)).toString();
          expect(out).toBe(header(wanted, ending).toString());
          expect(edits.length).toBeLessThanOrEqual(old.length + wanted.length);
        },
      ),
      { numRuns: 500 },
    );
  });

  test('is short', () => {
    const { header } = parseMessage(bytes(LF));
    expect(
      diffHeaders(header, [
        { name: 'A', value: '1' },
        { name: 'B', value: '2\n\tmore' },
        { name: 'A', value: '3' },
      ]),
    ).toEqual([]);
    expect(
      diffHeaders(header, [
        { name: 'X', value: 'y' },
        { name: 'A', value: '1' },
        { name: 'B', value: 'two' },
        { name: 'A', value: '3' },
      ]),
    ).toEqual([
      { kind: 'insert', position: 0, name: 'X', value: 'y' },
      { kind: 'change', name: 'B', index: 1, value: 'two' },
    ]);
  });

  test('ten thousand fields of each', () => {
    const many = (offset: number): { name: string; value: string }[] =>
      Array.from({ length: 9000 }, (_, i) => ({ name: 'A', value: String(i * 2 + offset) }));
    const raw = header(many(0), '\n');
    const out = Buffer.concat(applyHeaderEdits(raw, diffHeaders(parseMessage(raw).header, many(1))));
    expect(out.toString()).toBe(header(many(1), '\n').toString());
  });
});

test('normalizeHeaderEdits drops what changes nothing', () => {
  const { header } = parseMessage(bytes(LF));
  const last: HeaderEdit = { kind: 'remove', name: 'a', index: 1 };
  expect(
    normalizeHeaderEdits(header, [
      { kind: 'change', name: 'A', index: 1, value: 'x' },
      last,
      { kind: 'change', name: 'B', index: 1, value: '2\n\tmore' },
      { kind: 'remove', name: 'Z', index: 1 },
      { kind: 'change', name: 'Z', index: 1, value: 'z' },
      { kind: 'insert', position: 99, name: 'Y', value: 'y' },
    ]),
  ).toEqual([last, { kind: 'add', name: 'Z', value: 'z' }, { kind: 'add', name: 'Y', value: 'y' }]);
});

describe('foldHeaderValue', () => {
  test('keeps lines short and the value the same', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.string({ maxLength: 40 }).map((word) => word.replace(/[^!-~]/g, 'x')),
          { maxLength: 40 },
        ),
        (words) => {
          const value = words.join(' ').trim();
          const folded = foldHeaderValue('Subject', value);
          expect(folded.replaceAll('\n', '')).toBe(value);
          for (const line of `Subject: ${folded}`.split('\n')) expect(line.length).toBeLessThanOrEqual(78);
          expect(folded).not.toMatch(/\n[ \t]*(?:\n|$)/);
        },
      ),
    );
  });

  test('breaks what is longer than a line', () => {
    for (const line of foldHeaderValue('X', 'y'.repeat(5000)).split('\n'))
      expect(line.length).toBeLessThan(998);
  });
});

import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bodyHashes } from './body-hash.ts';
import { BodySink, relaxedBody, simpleBody } from './canonical-body.ts';
import type { Canonicalization } from './canonical.ts';

/** `offset`: where the body begins in memory, which is read four bytes at a time. */
function canonical(raw: string, canonicalization: Canonicalization, offset = 0): string {
  const pieces: Buffer[] = [];
  const sink = new BodySink((bytes) => pieces.push(Buffer.from(bytes)));
  const body = Buffer.from(`${'\n'.repeat(offset)}${raw}\n`, 'latin1').subarray(offset, -1);
  if (canonicalization === 'simple') simpleBody(body, sink);
  else relaxedBody(body, sink);
  sink.flush();
  return Buffer.concat(pieces).toString('latin1');
}

/** The two definitions word by word, without regard to cost. */
function expected(raw: string, canonicalization: Canonicalization): string {
  const lines = raw.split(/\r?\n/);
  if (canonicalization === 'relaxed')
    for (const [i, line] of lines.entries()) lines[i] = line.replace(/[ \t]+/g, ' ').replace(/ $/, '');
  while (lines.length > 0 && lines.at(-1) === '') lines.pop();
  if (lines.length === 0) return canonicalization === 'simple' ? '\r\n' : '';
  return `${lines.join('\r\n')}\r\n`;
}

const sha256 = (text: string): string => createHash('sha256').update(text, 'latin1').digest('hex');

describe('simple', () => {
  it.each([
    ['', '\r\n'],
    ['\r\n\r\n', '\r\n'],
    ['a', 'a\r\n'],
    ['a\n\nb\r\n\n\r\n', 'a\r\n\r\nb\r\n'],
    [' C \r\nD \t E\r\n\r\n\r\n', ' C \r\nD \t E\r\n'],
    ['a\r\r\n', 'a\r\r\n'],
    ['\ra\n\r', '\ra\r\n\r\r\n'],
  ])('%j', (raw, wanted) => {
    expect(canonical(raw, 'simple')).toBe(wanted);
    expect(expected(raw, 'simple')).toBe(wanted);
  });
});

describe('relaxed', () => {
  it.each([
    ['', ''],
    [' \t\r\n\n \r\n', ''],
    ['a', 'a\r\n'],
    [' C \r\nD \t E\r\n\r\n\r\n', ' C\r\nD E\r\n'],
    ['a \n \n\tb\n', 'a\r\n\r\n b\r\n'],
    ['a \r \r\n', 'a \r\r\n'],
    ['\n\na', '\r\n\r\na\r\n'],
    ['x\r \ny', 'x\r\r\ny\r\n'],
  ])('%j', (raw, wanted) => {
    expect(canonical(raw, 'relaxed')).toBe(wanted);
    expect(expected(raw, 'relaxed')).toBe(wanted);
  });
});

/** Pieces of every length around the sizes at which the sink changes its way. */
const piece = fc.oneof(
  fc.constantFrom('a', ' ', '  ', '\t', '\r\n', '\n', '\r', '\x80', '\r\n\r\n', ' \r\n'),
  fc.integer({ min: 40, max: 60 }).map((n) => 'x'.repeat(n)),
  fc.integer({ min: 2_040, max: 2_060 }).map((n) => 'y'.repeat(n)),
  fc.integer({ min: 16_370, max: 16_400 }).map((n) => 'z\n'.repeat(n / 2)),
);
const bodies = fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join(''));

it.each(['simple', 'relaxed'] as const)(
  '%s is what its definition says, for any body',
  (canonicalization) => {
    fc.assert(
      fc.property(bodies, (raw) => {
        expect(canonical(raw, canonicalization) === expected(raw, canonicalization)).toBe(true);
      }),
      { numRuns: 300 },
    );
  },
);

it.each(['simple', 'relaxed'] as const)('%s of short bodies at any place in memory', (canonicalization) => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('a', ' ', '\r', '\n'), maxLength: 9 }),
      fc.nat(4),
      (raw, offset) => {
        expect(canonical(raw, canonicalization, offset)).toBe(expected(raw, canonicalization));
      },
    ),
    { numRuns: 1_000 },
  );
});

it('hashes both forms and any number of lengths, each with the total', () => {
  fc.assert(
    fc.property(bodies, fc.array(fc.nat(40_000), { maxLength: 6 }), (raw, lengths) => {
      const requests = (['simple', 'relaxed'] as const).flatMap((canonicalization) => [
        { canonicalization },
        ...lengths.map((length) => ({ canonicalization, length })),
      ]);
      const hashes = bodyHashes(Buffer.from(raw, 'latin1'), requests);
      for (const [i, { canonicalization, ...rest }] of requests.entries()) {
        const text = expected(raw, canonicalization);
        const { length = text.length } = rest as { length?: number };
        const digest = length > text.length ? undefined : sha256(text.slice(0, length));
        expect(hashes[i]?.digest?.toString('hex')).toBe(digest);
        expect(hashes[i]?.total).toBe(text.length);
      }
    }),
    { numRuns: 200 },
  );
});

it('takes l= of nothing, of all, and of one more', () => {
  const body = Buffer.from('abc\r\n');
  const hashes = bodyHashes(
    body,
    [0, 5, 6].map((length) => ({ canonicalization: 'simple' as const, length })),
  );
  expect(hashes.map(({ digest }) => digest?.toString('hex'))).toEqual([
    sha256(''),
    sha256('abc\r\n'),
    undefined,
  ]);
});

it('reads bytes that threads share', () => {
  const shared = new Uint8Array(new SharedArrayBuffer(4_000)).fill(0x61);
  const [hash] = bodyHashes(shared, [{ canonicalization: 'simple' }]);
  expect(hash?.digest?.toString('hex')).toBe(sha256(`${'a'.repeat(4_000)}\r\n`));
});

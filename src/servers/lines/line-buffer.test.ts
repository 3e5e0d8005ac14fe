import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineBuffer } from './line-buffer.ts';

test('holds what was added, in however many pieces it came', () => {
  fc.assert(
    fc.property(
      fc.array(fc.uint8Array({ maxLength: 400 }), { maxLength: 30 }),
      fc.nat(30),
      (pieces, clearAt) => {
        const line = new LineBuffer();
        let plain = Buffer.alloc(0);
        for (const [at, piece] of pieces.entries()) {
          if (at === clearAt) {
            line.clear();
            plain = Buffer.alloc(0);
          }
          line.add(Buffer.from(piece));
          plain = Buffer.concat([plain, piece]);
          expect(line.length).toBe(plain.length);
          expect(line.octets.equals(plain)).toBe(true);
        }
      },
    ),
    { numRuns: 200 },
  );
});

test('takes no more than twice what it holds, octet by octet', () => {
  const line = new LineBuffer();
  for (let n = 0; n < 10_000; n++) line.add(Buffer.from('x'));
  expect(line.octets.buffer.byteLength).toBeLessThanOrEqual(20_000);
  line.clear();
  expect(line.octets.buffer.byteLength).toBeLessThan(9000);
});

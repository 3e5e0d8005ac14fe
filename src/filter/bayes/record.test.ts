import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeRequests, encodeRequest, type LearnRequest } from './record.ts';

const word64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const request: fc.Arbitrary<LearnRequest> = fc.record({
  kind: fc.constantFrom('spam', 'ham', 'forget'),
  day: fc.nat(0xffff),
  user: word64,
  message: word64,
  tokens: fc.array(word64, { maxLength: 20 }).map((tokens) => new BigUint64Array(tokens)),
});

describe('records', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(fc.array(request, { maxLength: 5 }), (requests) => {
        const bytes = Buffer.concat(requests.map(encodeRequest));
        expect(decodeRequests(bytes)).toEqual({ requests, end: bytes.length });
      }),
      { numRuns: 200 },
    );
  });

  it('end where one is cut off or damaged, and never throw', () => {
    fc.assert(
      fc.property(
        fc.array(request, { minLength: 1, maxLength: 4 }),
        fc.nat(),
        fc.nat(255),
        (requests, place, byte) => {
          const records = requests.map(encodeRequest);
          const bytes = Buffer.concat(records);
          const at = place % bytes.length;
          const cut = decodeRequests(bytes.subarray(0, at));
          expect(cut.requests).toEqual(requests.slice(0, cut.requests.length));
          expect(cut.end).toBeLessThanOrEqual(at);
          const damaged = Buffer.from(bytes);
          damaged[at] = byte;
          const { requests: read } = decodeRequests(damaged);
          if (bytes[at] === byte) expect(read).toEqual(requests);
          else {
            let whole = 0;
            for (let end = 0; end + (records[whole]?.length ?? Infinity) <= at; whole++)
              end += records[whole]?.length ?? 0;
            expect(read).toEqual(requests.slice(0, whole));
          }
        },
      ),
      { numRuns: 200 },
    );
  });
});

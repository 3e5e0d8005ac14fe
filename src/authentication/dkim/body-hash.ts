import { createHash } from 'node:crypto';
import type { Hash } from 'node:crypto';
import type { Canonicalization } from './canonical.ts';
import { BodySink, relaxedBody, simpleBody } from './canonical-body.ts';

/** A body hash that is wanted: SHA-256 of the canonical body, or of its first `length` octets (`l=`). */
export interface BodyHashRequest {
  readonly canonicalization: Canonicalization;
  readonly length?: number;
}

export interface BodyHash {
  /** Undefined when the canonical body is shorter than the length asked for. */
  readonly digest: Buffer | undefined;
  /** Octets of the whole canonical body. */
  readonly total: number;
}

/**
 * The body hashes for the requests, in their order (RFC 6376 §3.7). The body is read once for each canonicalization
 * that is asked for, whatever the number of requests and lengths, in bounded memory; a CRLF body in `simple` form is
 * hashed from where it lies. Bare LF counts as CRLF.
 */
export function bodyHashes(body: Uint8Array, requests: readonly BodyHashRequest[]): BodyHash[] {
  const passes = new Map<Canonicalization, BodyHashPass>();
  for (const { canonicalization, length } of requests) {
    const pass = passes.get(canonicalization) ?? new BodyHashPass();
    passes.set(canonicalization, pass);
    if (length !== undefined) pass.lengths.add(length);
  }
  for (const [canonicalization, pass] of passes) pass.read(body, canonicalization);
  return requests.map(({ canonicalization, length }) => {
    const pass = passes.get(canonicalization);
    return { digest: pass?.digest(length), total: pass?.total ?? 0 };
  });
}

/** One running hash; where a length is reached, a copy of it is finished. */
class BodyHashPass {
  readonly lengths = new Set<number>();
  total = 0;
  private readonly digests = new Map<number, Buffer>();
  private whole: Buffer | undefined;

  digest(length: number | undefined): Buffer | undefined {
    return length === undefined ? this.whole : this.digests.get(length);
  }

  read(body: Uint8Array, canonicalization: Canonicalization): void {
    const hash = createHash('sha256');
    const cuts = [...this.lengths].toSorted((a, b) => a - b);
    let next = 0;
    const sink = new BodySink((bytes) => {
      let from = 0;
      for (; next < cuts.length; next++) {
        const cut = cuts[next] as number;
        if (cut > this.total + bytes.length) break;
        hash.update(bytes.subarray(from, cut - this.total));
        from = cut - this.total;
        this.cut(cut, hash);
      }
      hash.update(from === 0 ? bytes : bytes.subarray(from));
      this.total += bytes.length;
    });
    for (; cuts[next] === 0; next++) this.cut(0, hash);
    if (canonicalization === 'simple') simpleBody(body, sink);
    else relaxedBody(body, sink);
    sink.flush();
    this.whole = hash.digest();
  }

  private cut(length: number, hash: Hash): void {
    this.digests.set(length, hash.copy().digest());
  }
}

import type { BodyHash } from '../dkim/body-hash.ts';
import type { MessageKeys } from '../dkim/keys.ts';
import type { Refusal, Signature } from '../dkim/signature.ts';
import type { SignedHeader } from '../dkim/signed-header.ts';
import { anyVerifies, keyFault, timeFault, verifySignature } from '../dkim/verify.ts';
import type { AuthenticationSettings } from '../settings.ts';
import type { ArcResult } from '../types.ts';
import type { ArcSet, Seal } from './chain.ts';

/** A chain of sound structure and what its verification needs. */
export interface ArcRequest {
  /** From the first to the newest, at least one. */
  sets: readonly ArcSet[];
  /** The newest ARC-Message-Signature as read, and its body hash. */
  signature: Signature | Refusal;
  body: BodyHash | undefined;
  header: SignedHeader;
  keys: MessageKeys;
  settings: AuthenticationSettings;
  /** Milliseconds since the epoch. */
  now: number;
}

type Verdict = { readonly result: 'pass' } | Refusal;

/**
 * Verifies an ARC chain (RFC 8617 §5.2, steps 4 to 6): the newest ARC-Message-Signature, and every seal. What is wrong
 * for good is `fail`; where only the DNS did not answer, `temperror`; where only our own limits speak against it,
 * `policy`.
 */
export async function verifyChain(request: ArcRequest): Promise<ArcResult> {
  const { sets } = request;
  const newest = sets.at(-1);
  // Asked for all at once; the answers are waited for one after the other.
  for (const { seal } of sets) request.keys.prefetch(seal);
  const verdicts = [await signatureVerdict(request)];
  const instance = newest?.instance ?? 0;
  const reasons = [`i=${instance} ARC-Message-Signature`];
  if (!isFailure(verdicts[0])) {
    for (const { seal, data, instance: i } of sealedData(request).toReversed()) {
      const verdict = await sealVerdict(seal, data, request);
      verdicts.push(verdict);
      reasons.push(`i=${i} ARC-Seal`);
      if (isFailure(verdict)) break;
    }
  }
  const result: ArcResult = { result: 'pass', instances: sets.length };
  if (newest !== undefined) result.sealer = newest.seal.domain;
  const worst = ['fail', 'temperror', 'policy'].map((word) => verdicts.findIndex((v) => v.result === word));
  const index = worst.find((each) => each >= 0);
  const verdict = index === undefined ? undefined : verdicts[index];
  if (index === undefined || verdict === undefined || !('reason' in verdict)) return result;
  return { ...result, result: verdict.result, reason: `${reasons[index]}: ${verdict.reason}` };
}

function isFailure(verdict: Verdict | undefined): boolean {
  return verdict?.result === 'fail';
}

/** In a chain there is no middle between a temporary error and failure, but for our own limits. */
function chainVerdict(verdict: Verdict): Verdict {
  if (verdict.result === 'permerror' || verdict.result === 'neutral')
    return { result: 'fail', reason: verdict.reason };
  return verdict;
}

/** Step 4. */
async function signatureVerdict({
  signature,
  body,
  header,
  keys,
  settings,
  now,
}: ArcRequest): Promise<Verdict> {
  if ('reason' in signature) return chainVerdict(signature);
  // RFC 8617 §4.1.2: seals are made after it.
  if (signature.names.includes('arc-seal')) return { result: 'fail', reason: 'covers ARC-Seal' };
  if (signature.algorithm === 'rsa-sha1') return { result: 'fail', reason: 'unknown algorithm' };
  const fault = timeFault(signature, now);
  if (fault !== undefined) return chainVerdict(fault);
  return chainVerdict(
    verifySignature(signature, {
      keys: await keys.of(signature),
      body: body ?? { digest: undefined, total: 0 },
      header: () => header.data(signature),
      settings,
    }),
  );
}

/** What each seal covers, from the first: its set and all before it, relaxed (RFC 8617 §5.1.1). */
function sealedData({ sets, header }: ArcRequest): { seal: Seal; instance: number; data: string }[] {
  let before = '';
  return sets.map(({ seal, results, signature, instance }) => {
    const set = before + header.field(results, 'relaxed') + header.field(signature, 'relaxed');
    before = set + header.field(seal.field, 'relaxed');
    return { seal, instance, data: set + header.ownField(seal.field, 'relaxed') };
  });
}

/** Step 6. */
async function sealVerdict(seal: Seal, data: string, { keys, settings }: ArcRequest): Promise<Verdict> {
  const found = await keys.of(seal);
  if ('reason' in found) return chainVerdict(found);
  const faults = found.map((key) => keyFault(key, { ...seal, identityDomain: seal.domain }, settings));
  const usable = found.filter((_, i) => faults[i] === undefined);
  // Also a key that is too weak: nobody else would take it either (RFC 8301 §3.2).
  if (usable.length === 0) return { result: 'fail', reason: faults[0]?.reason ?? 'no key' };
  return anyVerifies(usable, seal.algorithm, data, seal.value)
    ? { result: 'pass' }
    : { result: 'fail', reason: 'bad signature' };
}

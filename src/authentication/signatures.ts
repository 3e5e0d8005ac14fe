import type { Message } from '../message/types.ts';
import type { Resolver } from '../net/resolver.ts';
import { readChain } from './arc/chain.ts';
import { verifyChain } from './arc/verify.ts';
import type { BodyHash, BodyHashRequest } from './dkim/body-hash.ts';
import { bodyHashes } from './dkim/body-hash.ts';
import { readBounded } from './dkim/bounded.ts';
import type { KeyCache } from './dkim/keys.ts';
import { MessageKeys } from './dkim/keys.ts';
import type { ReadSignature, Refusal, Signature } from './dkim/signature.ts';
import { SignedHeader } from './dkim/signed-header.ts';
import { timeFault, verifySignature } from './dkim/verify.ts';
import { isAligned } from './organizational-domain.ts';
import type { AuthenticationSettings } from './settings.ts';
import type { ArcResult, DkimResult } from './types.ts';

export interface SignatureResults {
  /** One for each DKIM-Signature, in order, up to {@link MAX_REPORTED}. */
  dkim: DkimResult[];
  arc: ArcResult;
}

export interface SignatureRequest {
  message: Message;
  resolver: Resolver;
  /** Parsed keys, kept across messages. */
  keyCache: KeyCache;
  settings: AuthenticationSettings;
  /** Milliseconds since the epoch. */
  now: number;
  /** Domain of the author, '' when there is none. */
  author: string;
}

/** Signatures that get a result of their own; a message may have thousands. */
const MAX_REPORTED = 20;

/**
 * Verifies the DKIM signatures (RFC 6376 §6) and the ARC chain (RFC 8617 §5.2) of a message. The body is read once for
 * all of them, while the DNS is asked for the keys.
 */
export async function verifySignatures(request: SignatureRequest): Promise<SignatureResults> {
  const { message, settings, resolver, keyCache, now } = request;
  const { limits } = settings;
  const header = new SignedHeader(message);
  const keys = new MessageKeys(resolver, keyCache, limits);

  const fields = message.header.all('dkim-signature');
  const dkim = fields.slice(0, MAX_REPORTED).map((field, index) => {
    const read = inTime(readBounded(field, 'dkim', header, limits), now);
    return index < limits.signatures ? read : { ...read, signature: tooMany(limits.signatures) };
  });
  const chain = readChain(message, limits);
  const newest = 'sets' in chain ? chain.sets.at(-1) : undefined;
  const arcSignature = newest && readBounded(newest.signature, 'arc', header, limits).signature;

  const wanted = [...dkim.map(({ signature }) => signature), arcSignature].filter(isReadable);
  for (const signature of wanted) keys.prefetch(signature);
  const hashes = hashBody(message, wanted);

  const results = dkim.map(async ({ label, signature }): Promise<DkimResult> => {
    const aligned = isAligned(label.domain, request.author);
    if ('reason' in signature) return { ...label, ...signature, aligned };
    const body = hashes.get(signature) ?? { digest: undefined, total: 0 };
    const evidence = { keys: await keys.of(signature), body, header: () => header.data(signature), settings };
    return { ...label, ...verifySignature(signature, evidence), aligned };
  });
  const arc =
    'sets' in chain && arcSignature !== undefined
      ? verifyChain({
          sets: chain.sets,
          signature: arcSignature,
          body: isReadable(arcSignature) ? hashes.get(arcSignature) : undefined,
          header,
          keys,
          settings,
          now,
        })
      : { instances: message.header.all('arc-seal').length, result: 'none' as const, ...chain };
  const all = await Promise.all(results);
  const last = all.at(-1);
  if (last !== undefined && fields.length > all.length)
    last.reason = `${last.reason ?? ''}; ${fields.length - all.length} further signatures not shown`;
  return { dkim: all, arc: await arc };
}

function isReadable(signature: ReadSignature['signature'] | undefined): signature is Signature {
  return signature !== undefined && !('reason' in signature);
}

function tooMany(maximum: number): Refusal {
  return { result: 'policy', reason: `more than ${maximum} signatures` };
}

function inTime(each: ReadSignature, now: number): ReadSignature {
  const fault = isReadable(each.signature) ? timeFault(each.signature, now) : undefined;
  return fault === undefined ? each : { ...each, signature: fault };
}

function hashBody(message: Message, signatures: readonly Signature[]): Map<Signature, BodyHash> {
  if (signatures.length === 0) return new Map();
  const body = message.raw.subarray(message.root.bodyStart, message.root.end);
  const requests = signatures.map(
    ({ bodyCanonicalization: canonicalization, length }): BodyHashRequest =>
      length === undefined ? { canonicalization } : { canonicalization, length },
  );
  const hashes = bodyHashes(body, requests);
  return new Map(signatures.map((signature, i) => [signature, hashes[i] as BodyHash]));
}

import { Readable } from 'node:stream';
import { arc as verifyArc } from 'mailauth/lib/arc/index.js';
import { dkimVerify } from 'mailauth/lib/dkim/verify.js';
import type { Message } from '../message/types.ts';
import type { Resolver } from '../net/resolver.ts';
import { arcChain, dkimSignatures, handOver } from './handover.ts';
import type { ArcChain, Signature } from './handover.ts';
import { isAligned, normalDomain } from './organizational-domain.ts';
import type { AuthenticationSettings } from './settings.ts';
import type { ArcResult, DkimResult } from './types.ts';
import { mailauthResolver, toResult } from './verifier.ts';

export interface SignatureResults {
  /** One for each DKIM-Signature, in order, up to {@link MAX_REPORTED}. */
  dkim: DkimResult[];
  arc: ArcResult;
}

export interface SignatureRequest {
  message: Message;
  resolver: Resolver;
  settings: AuthenticationSettings;
  /** Milliseconds since the epoch. */
  now: number;
  /** Domain of the author, '' when there is none. */
  author: string;
}

/** Signatures that get a result of their own; a message may have thousands. */
const MAX_REPORTED = 20;
/** A signature made in the future may be refused (RFC 6376 §3.5, t=); a clock that runs on local time is hours ahead. */
const MAX_CLOCK_DRIFT = 86_400_000;
/** Text taken from a signature. */
const MAX_TEXT = 253;

/** Verifies the DKIM signatures (RFC 6376) and the ARC chain (RFC 8617) of a message. */
export async function verifySignatures(request: SignatureRequest): Promise<SignatureResults> {
  const { message, settings } = request;
  const signatures = dkimSignatures(message, settings.limits);
  const chain = arcChain(message, settings.limits);
  const found = new Map<Signature, MailauthSignature>();
  const arc: ArcResult = { result: chain.fields.length === 0 ? 'none' : 'policy', instances: chain.sets };
  if (chain.refused !== undefined) arc.reason = chain.refused;
  if (chain.newest?.broken === true) arc.result = 'fail';

  // One pass for each body canonicalization; the chain goes with its newest signature's.
  const resolver = mailauthResolver(request.resolver);
  const arcPass = chain.newest?.body ?? 'simple';
  for (const canonicalization of ['relaxed', 'simple'] as const) {
    const dkim = signatures.filter(({ refused, body }) => refused === undefined && body === canonicalization);
    const withArc = chain.fields.length > 0 && chain.refused === undefined && arcPass === canonicalization;
    if (dkim.length === 0 && !withArc) continue;
    const handed = handOver(message, canonicalization, dkim, withArc ? chain : undefined);
    const verified = await dkimVerify(
      Readable.from([handed.header, handed.body].filter((b) => b.length > 0)),
      {
        resolver,
        strict: true,
        minBitLength: settings.minimumKeyBits,
        curTime: new Date(request.now),
      },
    );
    for (const signature of dkim) {
      const result = verified.results[handed.signatures.indexOf(signature.field)];
      if (result !== undefined) found.set(signature, result);
    }
    if (withArc) Object.assign(arc, await arcResult(verified.arc ?? {}, chain, resolver, settings));
  }
  const dkim = signatures
    .slice(0, MAX_REPORTED)
    .map((signature) => dkimResult(signature, found.get(signature), request));
  const last = dkim.at(-1);
  if (last !== undefined && signatures.length > dkim.length)
    last.reason = `${last.reason ?? ''}; ${signatures.length - dkim.length} further signatures not shown`;
  return { dkim, arc };
}

function dkimResult(
  signature: Signature,
  verified: MailauthSignature | undefined,
  { settings, author, now }: SignatureRequest,
): DkimResult {
  const domain = normalDomain((signature.tags.get('d') ?? '').slice(0, MAX_TEXT));
  const result: DkimResult = {
    result: 'policy',
    domain,
    selector: (signature.tags.get('s') ?? '').slice(0, MAX_TEXT),
    aligned: isAligned(domain, author),
  };
  const algorithm = signature.tags.get('a')?.slice(0, 32).toLowerCase();
  if (algorithm !== undefined) result.algorithm = algorithm;
  const shown = signature.tags.get('b')?.replace(/\s+/g, '').slice(0, 8);
  if (shown !== undefined && shown !== '') result.signature = shown;
  if (verified === undefined) {
    if (signature.broken === true) result.result = 'permerror';
    result.reason = signature.refused ?? 'not verified';
    return result;
  }
  result.result = toResult(verified.status.result);
  const reason = verified.status.comment ?? verified.status.policy?.['dkim-rules'];
  if (reason !== undefined) result.reason = reason;
  // RFC 8601 §2.7.1: an error that a later attempt will meet again.
  if (reason === 'no key') result.result = 'permerror';
  if (result.result === 'pass') {
    const ahead = Number(signature.tags.get('t')) * 1_000 - now;
    if (ahead > MAX_CLOCK_DRIFT) Object.assign(result, { result: 'policy', reason: 'signed in the future' });
    const fault = bodyLengthFault(verified, settings);
    if (fault !== undefined) Object.assign(result, fault);
  }
  return result;
}

/** What speaks against a signature that verifies but has `l=` (RFC 6376 §3.5, §8.2). */
function bodyLengthFault(
  { canonBodyLengthLimit: limit, canonBodyLengthTotal: total = 0 }: MailauthSignature,
  settings: AuthenticationSettings,
): Pick<DkimResult, 'result' | 'reason'> | undefined {
  if (limit === undefined) return undefined;
  if (limit > total) return { result: 'permerror', reason: 'l= is larger than the body' };
  if (limit === total || settings.partialBody === 'pass') return undefined;
  return { result: 'policy', reason: `l= leaves ${total - limit} bytes of the body unsigned` };
}

async function arcResult(
  data: MailauthArcData,
  chain: ArcChain,
  resolver: MailauthResolver,
  settings: AuthenticationSettings,
): Promise<ArcResult> {
  const verified = await verifyArc(data, { resolver, strict: true, minBitLength: settings.minimumKeyBits });
  const result: ArcResult = { result: toResult(verified.status.result), instances: chain.sets };
  const newest = verified.chain === false ? undefined : verified.chain?.at(-1);
  const sealer = newest?.['arc-seal']?.parsed?.d?.value;
  if (typeof sealer === 'string') result.sealer = normalDomain(sealer.slice(0, MAX_TEXT));
  const signature = verified.signature === false ? undefined : verified.signature;
  const fault = signature === undefined ? undefined : bodyLengthFault(signature, settings);
  if (result.result === 'pass' && fault !== undefined) Object.assign(result, fault);
  else if (verified.status.comment !== undefined && result.result !== 'pass')
    result.reason = verified.status.comment;
  return result;
}

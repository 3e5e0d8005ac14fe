import type { Resolver } from '../../net/resolver.ts';
import { normalDomain } from '../organizational-domain.ts';
import type { DkimResult, DmarcPolicy, DmarcRecord, DmarcResult, SpfResult } from '../types.ts';
import type { Authors } from './authors.ts';
import { createRecordLookup, domainExists } from './discovery.ts';
import type { Discovery, DiscoveryMethod, Published, RecordLookup } from './discovery.ts';

/**
 * Walks made to learn whether an identifier is aligned, eight questions each; SPF and the five signatures verified by
 * default stay below it. What is beyond counts as a walk that failed.
 */
const MAX_ALIGNMENT_WALKS = 10;

const ONE_STEP_DOWN: Readonly<Record<DmarcPolicy, DmarcPolicy>> = {
  reject: 'quarantine',
  quarantine: 'none',
  none: 'none',
};
const SEVERITY: Readonly<Record<DmarcPolicy, number>> = { none: 0, quarantine: 1, reject: 2 };

export interface DmarcRequest {
  authors: Authors;
  spf: SpfResult;
  dkim: readonly DkimResult[];
  resolver: Resolver;
  method: DiscoveryMethod;
}

export interface Evaluation {
  /** Without what is done about it. */
  result: DmarcResult;
  /** Domains of passing signatures that are aligned, as `normalDomain` writes them. */
  alignedSigners: ReadonlySet<string>;
  /** The record of the organizational domain. */
  organizational: Published | undefined;
  /** The lookups made, for whoever wants to look at the same names. */
  lookup: RecordLookup;
}

/**
 * DMARC of one message (RFC 9989 §5.3). A message without exactly one author's domain cannot be evaluated: `none`, with
 * the reason (RFC 9989 §5.3.1). Throws nothing for what the DNS says.
 */
export async function evaluateDmarc(request: DmarcRequest): Promise<Evaluation> {
  const { authors, resolver, method } = request;
  const { domain } = authors;
  const lookup = createRecordLookup(resolver);
  const result: DmarcResult = { result: 'none', domain, policy: undefined };
  const evaluation: Evaluation = { result, alignedSigners: new Set(), organizational: undefined, lookup };
  if (authors.fault !== undefined) {
    result.reason = authors.fault;
    return evaluation;
  }
  let discovery: Discovery;
  try {
    discovery = await method.discover(domain, lookup);
  } catch (error) {
    Object.assign(result, { result: 'temperror', reason: textOf(error) });
    return evaluation;
  }
  const { policy: published, organizational, organizationalDomain } = discovery;
  if (organizationalDomain !== undefined) result.organizationalDomain = organizationalDomain;
  evaluation.organizational = organizational;
  if (published?.usable !== true) return evaluation;

  const { record } = published;
  Object.assign(result, { policyDomain: published.domain, record, discovery: method.name });
  const [alignment, policy] = await Promise.all([
    alignmentOf(request, discovery, record, lookup),
    policyFor(domain, published, resolver),
  ]);
  result.publishedPolicy = policy.policy;
  result.policy = record.testing ? ONE_STEP_DOWN[policy.policy] : policy.policy;
  result.spfAligned = alignment.spf;
  result.dkimAligned = alignment.signers.size > 0;
  evaluation.alignedSigners = alignment.signers;
  const open = alignment.open ?? policy.open;
  if (alignment.spf || result.dkimAligned) result.result = 'pass';
  // What could not be looked up may well have been the aligned pass (RFC 9989 §5.3.2).
  else if (open !== undefined) Object.assign(result, { result: 'temperror', reason: open });
  else result.result = 'fail';
  return evaluation;
}

/**
 * RFC 9989 §4.10.1: p= for the publisher itself, np= for a name below it that does not exist, else sp=, each falling
 * back to the next. `open`: whether the name exists is not known, and it matters; the milder one is given.
 */
async function policyFor(
  domain: string,
  { domain: publisher, record }: Published,
  resolver: Resolver,
): Promise<{ policy: DmarcPolicy; open?: string }> {
  if (publisher === domain) return { policy: record.p };
  const existing = record.sp ?? record.p;
  const missing = record.np ?? existing;
  if (missing === existing) return { policy: existing };
  try {
    return { policy: (await domainExists(domain, resolver)) ? existing : missing };
  } catch (error) {
    return { policy: SEVERITY[missing] < SEVERITY[existing] ? missing : existing, open: textOf(error) };
  }
}

interface Alignment {
  spf: boolean;
  signers: Set<string>;
  /** Why an identifier may be aligned after all. */
  open?: string;
}

/** Which of the proven identifiers belong to the author (RFC 9989 §4.4). */
async function alignmentOf(
  { authors: { domain: author }, spf: spfResult, dkim: dkimResults, method }: DmarcRequest,
  { organizationalDomain, error }: Discovery,
  record: DmarcRecord,
  lookup: RecordLookup,
): Promise<Alignment> {
  const alignment: Alignment = { spf: false, signers: new Set() };
  const spf = { result: spfResult.result, domain: normalDomain(spfResult.domain) };
  const dkim = dkimResults.map(({ result, domain }) => ({ result, domain: normalDomain(domain) }));
  const walked = new Map<string, boolean>();

  /** Undefined: not to be known, for the reason noted in `open`. */
  async function isAligned(domain: string, mode: 'r' | 's'): Promise<boolean | undefined> {
    if (domain === author) return true;
    if (domain === '' || mode === 's') return false;
    // An organizational domain is the name itself or above it: only names at or below the author's need a walk.
    if (organizationalDomain !== undefined && !isWithin(domain, organizationalDomain)) return false;
    if (organizationalDomain === undefined) {
      if (lastLabel(domain) !== lastLabel(author)) return false;
      alignment.open ??= textOf(error);
      return undefined;
    }
    const known = walked.get(domain);
    if (known !== undefined) return known;
    if (walked.size >= MAX_ALIGNMENT_WALKS) {
      alignment.open ??= 'too many domains to align';
      return undefined;
    }
    try {
      const aligned = (await method.organizationalDomain(domain, lookup)) === organizationalDomain;
      walked.set(domain, aligned);
      return aligned;
    } catch (fault) {
      alignment.open ??= textOf(fault);
      return undefined;
    }
  }

  if (spf.result === 'pass') alignment.spf = (await isAligned(spf.domain, record.aspf)) === true;
  for (const { result, domain } of dkim)
    if (result === 'pass' && (await isAligned(domain, record.adkim)) === true) alignment.signers.add(domain);
  if (alignment.spf || alignment.signers.size > 0) return alignment;
  const pending = (domain: string, mode: 'r' | 's'): boolean =>
    domain === author || (mode === 'r' && isWithin(domain, organizationalDomain ?? lastLabel(author)));
  if (
    (spf.result === 'temperror' && pending(spf.domain, record.aspf)) ||
    dkim.some(({ result, domain }) => result === 'temperror' && pending(domain, record.adkim))
  )
    alignment.open ??= 'temporary error of an aligned method';
  return alignment;
}

const isWithin = (domain: string, parent: string): boolean =>
  domain === parent || domain.endsWith(`.${parent}`);
const lastLabel = (domain: string): string => domain.slice(domain.lastIndexOf('.') + 1);
const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

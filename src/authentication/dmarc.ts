import { evaluateDmarc } from 'mailauth/lib/dmarc/index.js';
import type { Address, Message } from '../message/types.ts';
import type { Resolver } from '../net/resolver.ts';
import { isAligned, normalDomain } from './organizational-domain.ts';
import type { DkimResult, DmarcResult, SpfResult } from './types.ts';
import { mailauthResolver, toResult } from './verifier.ts';

/** Addresses of From that are looked at; one is usual, and all must have one domain. */
const MAX_AUTHORS = 100;

export interface Authors {
  /** Number of From fields. */
  fields: number;
  addresses: string[];
  /** Domain of the first address, '' when there is none. */
  domain: string;
  tooMany: boolean;
}

/** Who the message says it is from (RFC 5322 §3.6.2; groups: RFC 6854). */
export function authorsOf(message: Message): Authors {
  const fields = message.header.all('from');
  const listed = fields[0]?.addresses ?? [];
  const tooMany = listed.length > MAX_AUTHORS;
  const addresses = listed
    .slice(0, MAX_AUTHORS)
    .flatMap((entry: Address): readonly Address[] => entry.group?.slice(0, MAX_AUTHORS) ?? [entry])
    .slice(0, MAX_AUTHORS)
    .map(({ address }) => address);
  const [first = ''] = addresses;
  const domain = first.includes('@') ? normalDomain(first.slice(first.lastIndexOf('@') + 1)) : '';
  return { fields: fields.length, addresses, domain, tooMany };
}

/**
 * DMARC (RFC 9989, found by tree walk). A message without exactly one author's domain cannot be evaluated: `none`, with
 * the reason (RFC 9989 §5.3.1).
 */
export async function checkDmarc(
  authors: Authors,
  spf: SpfResult,
  dkim: readonly DkimResult[],
  resolver: Resolver,
): Promise<DmarcResult> {
  const result: DmarcResult = { result: 'none', domain: authors.domain, policy: undefined };
  if (authors.fields > 1) return { ...result, reason: 'multiple-from-fields' };
  if (authors.tooMany) return { ...result, reason: 'too-many-authors' };
  if (authors.addresses.length === 0) return { ...result, reason: 'no-author-domain' };
  const { response, reason } = await evaluateDmarc({
    headerFrom: authors.addresses,
    fromFields: authors.fields,
    spfDomains: spf.result === 'pass' ? [spf.domain] : [],
    dkimDomains: dkim.filter(({ result }) => result === 'pass').map(({ domain }) => ({ domain })),
    resolver: mailauthResolver(resolver),
    strict: true,
  });
  if (response === false) return { ...result, reason: reason ?? 'not evaluated' };
  result.result = toResult(response.status.result);
  // What could not be looked up now may well have been the aligned pass (RFC 7489 §6.6.2).
  if (result.result === 'fail' && [spf, ...dkim].some((method) => isOpen(method, authors.domain)))
    Object.assign(result, { result: 'temperror', reason: 'temporary error of an aligned method' });
  result.policy = response.policy;
  if (response.policyDomain !== undefined) result.policyDomain = response.policyDomain;
  if (response.domain) result.organizationalDomain = response.domain;
  return result;
}

function isOpen(method: SpfResult | DkimResult, author: string): boolean {
  return method.result === 'temperror' && isAligned(method.domain, author);
}

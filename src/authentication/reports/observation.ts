import type { Envelope } from '../../message/envelope.ts';
import { plainAddress } from '../../net/networks.ts';
import { normalDomain } from '../organizational-domain.ts';
import type { Authentication, DkimResult, DmarcResult } from '../types.ts';
import type { DkimAuthResult, Observation, OverrideReason, PublishedPolicy, SpfAuthResult } from './types.ts';

/** RFC 9990 §3.1.3 allows 100; a sender who signs more often than this makes rows, not sense. */
const MAX_SIGNATURES = 10;
/** Reasons of one message, and characters of a text for people: enough to see what was meant. */
const MAX_REASONS = 5;
const MAX_COMMENT = 200;
/** Recipients looked at for a common domain: with more, there is hardly one. */
const MAX_RECIPIENTS = 100;
/** A domain as it may stand in a file name, a subject and a key. */
const DOMAIN = /^(?=.{1,253}$)[a-z0-9_-]+(?:\.[a-z0-9_-]+)*$/;

/**
 * What a report says of a message; undefined when nobody wants one or it is none of the owner's business: no record or
 * no rua=, mail of our own users, clients without an address, and mail whose results came from a relay before us, which
 * saw another client than we did.
 */
export function observe(
  authentication: Authentication,
  envelope: Readonly<Envelope>,
): Observation | undefined {
  const { dmarc, upstream } = authentication;
  const { address, user } = envelope.client;
  const { record, policyDomain } = dmarc;
  if (record === undefined || policyDomain === undefined || record.rua.length === 0) return undefined;
  if (address === undefined || user !== undefined || upstream !== undefined) return undefined;
  if (dmarc.result === 'none' || !DOMAIN.test(policyDomain) || !DOMAIN.test(dmarc.domain)) return undefined;
  const policy: PublishedPolicy = {
    domain: policyDomain,
    p: record.p,
    fo: record.fo,
    adkim: record.adkim,
    aspf: record.aspf,
    testing: record.testing ? 'y' : 'n',
  };
  if (dmarc.discovery !== undefined) policy.discovery = dmarc.discovery;
  if (record.sp !== undefined) policy.sp = record.sp;
  if (record.np !== undefined) policy.np = record.np;
  const recipients = commonDomain(envelope);
  const { spf } = authentication;
  return {
    policy,
    rua: record.rua,
    row: {
      source: plainAddress(address),
      disposition: dispositionOf(dmarc),
      dkim: dmarc.dkimAligned === true ? 'pass' : 'fail',
      spf: dmarc.spfAligned === true ? 'pass' : 'fail',
      reasons: reasonsOf(dmarc),
      headerFrom: dmarc.domain,
      envelopeFrom: domainOf(envelope.sender),
      ...(recipients === undefined ? {} : { envelopeTo: recipients }),
      dkimResults: signaturesOf(authentication),
      spfResults: spfResults(spf.domain, spf.result),
    },
  };
}

/** RFC 9990 §3.1.1.9: `pass` when a policy was in force and there was nothing to do. */
function dispositionOf(dmarc: DmarcResult): string {
  if (dmarc.result !== 'pass') return dmarc.disposition ?? 'none';
  return dmarc.policy === undefined || dmarc.policy === 'none' ? 'none' : 'pass';
}

/** A failure that is not treated as the owner asks must have a reason (RFC 9990 §3.1.1.9). */
function reasonsOf(dmarc: DmarcResult): OverrideReason[] {
  const reasons = (dmarc.overrides ?? []).slice(0, MAX_REASONS).map(({ type, comment }): OverrideReason => {
    return comment === undefined ? { type } : { type, comment: comment.slice(0, MAX_COMMENT) };
  });
  const { result, policy = 'none', disposition = 'none' } = dmarc;
  if (result === 'pass' || reasons.length > 0 || disposition === policy) return reasons;
  return [{ type: result === 'fail' ? 'local_policy' : 'other', ...because(dmarc.reason) }];
}

const because = (reason: string | undefined): { comment?: string } =>
  reason === undefined ? {} : { comment: reason.slice(0, MAX_COMMENT) };

/** Signatures in the order of RFC 9990 §3.1.3: passing and exactly the author's, aligned, passing, the rest. */
function signaturesOf({ dkim, dmarc }: Authentication): DkimAuthResult[] {
  const rank = ({ result, domain, aligned }: DkimResult): number => {
    if (result !== 'pass') return 3;
    if (normalDomain(domain) === dmarc.domain) return 0;
    return aligned ? 1 : 2;
  };
  return dkim
    .toSorted((one, other) => rank(one) - rank(other))
    .slice(0, MAX_SIGNATURES)
    .map(({ domain, selector, result, reason }) => ({
      domain: domain.slice(0, 253),
      selector: selector.slice(0, 253),
      result,
      ...(result === 'pass' ? {} : because(reason)),
    }));
}

/** Only MAIL FROM counts for DMARC; with the null reverse-path it is postmaster at the HELO name (RFC 7208 §2.4). */
function spfResults(domain: string, result: string): SpfAuthResult[] {
  return domain === '' ? [] : [{ domain: normalDomain(domain).slice(0, 253), scope: 'mfrom', result }];
}

function commonDomain({ recipients }: Readonly<Envelope>): string | undefined {
  if (recipients.length > MAX_RECIPIENTS) return undefined;
  const domains = new Set(recipients.map(({ address }) => domainOf(address)));
  const [domain = ''] = domains;
  return domains.size === 1 && domain !== '' ? domain : undefined;
}

/** Of an address, in A-labels; '' when it has none. */
function domainOf(address: string): string {
  const at = address.lastIndexOf('@');
  return at < 0 ? '' : normalDomain(address.slice(at + 1)).slice(0, 253);
}

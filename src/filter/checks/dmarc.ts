import type { DmarcResult } from '../../authentication/types.ts';
import type { Check, CheckHit } from '../types.ts';
import { quote } from './support/evidence.ts';

/** RFC 9989: what the owner of the From domain wants done with mail that is not from him. */
export const dmarc: Check = {
  name: 'dmarc',
  symbols: {
    DMARC_POLICY_ALLOW: { score: -0.5, description: 'From domain is proven by DMARC' },
    DMARC_POLICY_REJECT: {
      score: 2,
      description: 'DMARC failed; the owner of the From domain asks to reject',
    },
    DMARC_POLICY_QUARANTINE: { score: 1.5, description: 'DMARC failed; the owner asks to quarantine' },
    DMARC_POLICY_SOFTFAIL: { score: 0.1, description: 'DMARC failed; the owner asks for nothing' },
    DMARC_NA: { score: 0, description: 'From domain has no DMARC policy' },
    DMARC_DNSFAIL: { score: 0, description: 'DMARC policy could not be looked up for the time being' },
    DMARC_BAD_POLICY: { score: 0.3, description: 'DMARC record is broken' },
    DMARC_POLICY_SPARED: {
      score: 0,
      description: 'DMARC failed, but a rule of ours or somebody we believe speaks for the message',
    },
    DMARC_APPLY_QUARANTINE: { score: 0, description: 'Put on hold, as the policy of the From domain asks' },
    DMARC_APPLY_REJECT: { score: 0, description: 'Refused, as the policy of the From domain asks' },
  },
  run({ authentication: { dmarc } }) {
    const reasons =
      dmarc.overrides?.map(({ type, comment }) => (comment ? `${type}: ${comment}` : type)) ?? [];
    const hits: CheckHit[] = [
      {
        symbol: symbolOf(dmarc),
        detail: quote(
          [dmarc.domain, ...(dmarc.reason === undefined ? [] : [dmarc.reason]), ...reasons].join(', '),
        ),
      },
    ];
    const { disposition, domain } = dmarc;
    if (disposition === 'quarantine' || disposition === 'reject')
      hits.push({
        symbol: disposition === 'reject' ? 'DMARC_APPLY_REJECT' : 'DMARC_APPLY_QUARANTINE',
        detail: quote(domain),
        demands: { action: disposition, text: refusal(domain) },
      });
    return hits;
  },
};

/** The reply says that it is for DMARC (RFC 7489 §10.3). */
function refusal(domain: string): string {
  const name = /^[a-z0-9._-]{1,253}$/.test(domain) ? domain : 'the From domain';
  return `Refused for the DMARC policy of ${name}: neither SPF nor DKIM proves that the message is from there`;
}

function symbolOf({ result, policy, spared }: DmarcResult): string {
  if (spared === true) return 'DMARC_POLICY_SPARED';
  switch (result) {
    case 'pass':
      return 'DMARC_POLICY_ALLOW';
    case 'temperror':
      return 'DMARC_DNSFAIL';
    case 'permerror':
    case 'policy':
      return 'DMARC_BAD_POLICY';
    case 'none':
      return 'DMARC_NA';
    default:
      return policy === 'reject'
        ? 'DMARC_POLICY_REJECT'
        : policy === 'quarantine'
          ? 'DMARC_POLICY_QUARANTINE'
          : 'DMARC_POLICY_SOFTFAIL';
  }
}

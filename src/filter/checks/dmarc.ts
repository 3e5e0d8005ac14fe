import type { DmarcResult } from '../../authentication/types.ts';
import type { Check } from '../types.ts';
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
  },
  run: ({ authentication: { dmarc } }) => [{ symbol: symbolOf(dmarc), detail: quote(dmarc.domain) }],
};

function symbolOf({ result, policy }: DmarcResult): string {
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

import type { AuthenticationResult } from '../../authentication/types.ts';
import type { Check } from '../types.ts';
import { quote } from './support/evidence.ts';

const SYMBOLS: Readonly<Partial<Record<AuthenticationResult, string>>> = {
  pass: 'ARC_ALLOW',
  fail: 'ARC_REJECT',
  none: 'ARC_NA',
  temperror: 'ARC_DNSFAIL',
  permerror: 'ARC_INVALID',
  policy: 'ARC_INVALID',
};

/** RFC 8617. Anybody can seal: a valid chain says who forwarded, not that it is good; hence no score for it. */
export const arc: Check = {
  name: 'arc',
  symbols: {
    ARC_ALLOW: { score: 0, description: 'ARC chain is valid' },
    ARC_REJECT: { score: 0.3, description: 'ARC chain is wrong' },
    ARC_INVALID: { score: 0.3, description: 'ARC chain cannot be used' },
    ARC_DNSFAIL: { score: 0, description: 'ARC key could not be looked up for the time being' },
    ARC_NA: { score: 0, description: 'No ARC chain' },
  },
  run({ authentication: { arc } }) {
    const symbol = SYMBOLS[arc.result];
    if (symbol === undefined) return [];
    return [
      { symbol, detail: arc.sealer === undefined ? undefined : quote(`i=${arc.instances} ${arc.sealer}`) },
    ];
  },
};

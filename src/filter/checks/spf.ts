import type { AuthenticationResult } from '../../authentication/types.ts';
import type { Check } from '../types.ts';
import { quote } from './support/evidence.ts';

const SYMBOLS: Readonly<Partial<Record<AuthenticationResult, string>>> = {
  pass: 'R_SPF_ALLOW',
  fail: 'R_SPF_FAIL',
  softfail: 'R_SPF_SOFTFAIL',
  neutral: 'R_SPF_NEUTRAL',
  none: 'R_SPF_NA',
  temperror: 'R_SPF_DNSFAIL',
  permerror: 'R_SPF_PERMFAIL',
  policy: 'R_SPF_PERMFAIL',
};

/** RFC 7208. Spam passes SPF as easily as other mail, and forwarders break it: all of it weighs little. */
export const spf: Check = {
  name: 'spf',
  symbols: {
    R_SPF_ALLOW: { score: -0.2, description: 'SPF allows the sending address' },
    R_SPF_FAIL: { score: 1, description: 'SPF forbids the sending address' },
    R_SPF_SOFTFAIL: { score: 0.3, description: 'SPF does not know the sending address (softfail)' },
    R_SPF_NEUTRAL: { score: 0, description: 'SPF says nothing of the sending address' },
    R_SPF_NA: { score: 0, description: 'No SPF record' },
    R_SPF_DNSFAIL: { score: 0, description: 'SPF could not be looked up for the time being' },
    R_SPF_PERMFAIL: { score: 0, description: 'SPF record is broken' },
  },
  run({ authentication: { spf } }) {
    const symbol = SYMBOLS[spf.result];
    const why = spf.explanation === undefined ? '' : `: ${spf.explanation}`;
    return symbol === undefined ? [] : [{ symbol, detail: quote(`${spf.identity} ${spf.domain}${why}`) }];
  },
};

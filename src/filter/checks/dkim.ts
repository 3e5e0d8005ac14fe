import type { Check, CheckHit } from '../types.ts';
import { quote } from './support/evidence.ts';

/** RFC 6376. One symbol a kind of result, however many signatures; the domains are the detail. */
export const dkim: Check = {
  name: 'dkim',
  symbols: {
    R_DKIM_ALLOW: { score: -0.2, description: 'A DKIM signature is valid' },
    R_DKIM_REJECT: {
      score: 1,
      description: 'A DKIM signature is wrong, and none of the same domain is valid',
    },
    R_DKIM_TEMPFAIL: { score: 0, description: 'A DKIM key could not be looked up for the time being' },
    R_DKIM_PERMFAIL: { score: 0, description: 'A DKIM signature or its key cannot be used' },
    R_DKIM_NA: { score: 0, description: 'No DKIM signature' },
  },
  run({ authentication: { dkim } }) {
    const domains = new Map<string, Set<string>>();
    const add = (symbol: string, domain: string) =>
      domains.set(symbol, (domains.get(symbol) ?? new Set<string>()).add(domain));
    const passed = new Set(dkim.filter(({ result }) => result === 'pass').map(({ domain }) => domain));
    for (const { result, domain } of dkim) {
      if (result === 'pass') add('R_DKIM_ALLOW', domain);
      else if (result === 'fail' && !passed.has(domain)) add('R_DKIM_REJECT', domain);
      else if (result === 'temperror') add('R_DKIM_TEMPFAIL', domain);
      else if (result === 'permerror' || result === 'policy' || result === 'neutral')
        add('R_DKIM_PERMFAIL', domain);
    }
    if (domains.size === 0) return [{ symbol: 'R_DKIM_NA' }];
    return [...domains].map(([symbol, names]): CheckHit => ({ symbol, detail: quote([...names].join(' ')) }));
  },
};

import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { describeShared } from '../../test/support/shared.ts';
import type { RecordType, Resolver } from '../net/resolver.ts';
import type { Zone } from '../net/zone-resolver.ts';
import { createZoneResolver } from '../net/zone-resolver.ts';
import { oneDomain } from './dmarc/authors.ts';
import { evaluateDmarc } from './dmarc/evaluate.ts';
import { treeWalk } from './dmarc/tree-walk.ts';

interface DmarcCase {
  id: string;
  from: string | string[];
  fromFields?: number;
  dkim: string[];
  spf: string[];
  zone: Zone;
  want: {
    result?: string;
    policy?: string;
    policyDomain?: string;
    orgDomain?: string;
    queries?: string[];
  };
}

describeShared('conformance/dmarc/rfc9989-cases.json', 'DMARC of RFC 9989', (path) => {
  for (const test of JSON.parse(readFileSync(path, 'utf8')) as DmarcCase[]) {
    it(test.id, async () => {
      const zone = createZoneResolver(test.zone);
      const asked: string[] = [];
      const resolver: Resolver = {
        resolve<T extends RecordType>(name: string, type: T) {
          if (type === 'TXT') asked.push(name);
          return zone.resolve(name, type);
        },
      };
      const addresses = [test.from].flat();
      const [spf = ''] = test.spf;
      const several = (test.fromFields ?? 1) > 1;
      const { result } = await evaluateDmarc({
        authors: several ? { domain: '', fault: 'multiple-from-fields' } : oneDomain(addresses),
        spf: { result: spf === '' ? 'none' : 'pass', domain: spf, identity: 'mailfrom' },
        dkim: test.dkim.map((domain) => ({ result: 'pass', domain, selector: 's', aligned: false })),
        resolver,
        method: treeWalk,
      });
      const { result: word, policy, policyDomain, orgDomain, queries } = test.want;
      if (word !== undefined) expect(result.result).toBe(word);
      if (policy !== undefined) expect(result.policy).toBe(policy);
      if (policyDomain !== undefined) expect(result.policyDomain).toBe(policyDomain);
      if (orgDomain !== undefined) expect(result.organizationalDomain).toBe(orgDomain);
      if (queries !== undefined) expect(asked).toEqual(queries);
    });
  }
});

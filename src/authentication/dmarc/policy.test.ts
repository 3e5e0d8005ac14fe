import { describe, expect, it } from 'vitest';
import type { Log } from '../../log.ts';
import { silentLog } from '../../log.ts';
import { parseMessage } from '../../message/parse.ts';
import { createZoneResolver } from '../../net/zone-resolver.ts';
import type { DkimResult, DmarcResult } from '../types.ts';
import { oneDomain } from './authors.ts';
import { createDifferenceLog } from './difference.ts';
import { evaluateDmarc } from './evaluate.ts';
import { createDmarcPolicy } from './policy.ts';
import type { PolicyContext } from './policy.ts';
import { publicSuffixList } from './public-suffix.ts';
import { defaultArcSettings, defaultDmarcSettings } from './settings.ts';
import type { DmarcSettings } from './settings.ts';
import { treeWalk } from './tree-walk.ts';

const rejecting: DmarcResult = {
  result: 'fail',
  domain: 'mail.example.com',
  policy: 'reject',
  publishedPolicy: 'reject',
};

interface Circumstances {
  settings?: Partial<DmarcSettings>;
  trustedSealers?: string[];
  header?: string;
  address?: string;
  spf?: string;
  dkim?: string;
  arc?: 'pass' | 'fail';
}

function applied(result: DmarcResult, more: Circumstances = {}) {
  const apply = createDmarcPolicy(
    { ...defaultDmarcSettings, apply: 'reject', ...more.settings },
    { ...defaultArcSettings, trustedSealers: more.trustedSealers ?? [] },
  );
  const signature = (domain: string): DkimResult => ({
    result: 'pass',
    domain,
    selector: 's',
    aligned: false,
  });
  const context: PolicyContext = {
    message: parseMessage(Buffer.from(`${more.header ?? ''}From: a@mail.example.com\r\n\r\nhi`)),
    client: { address: more.address ?? '192.0.2.1' },
    spf: { result: more.spf === undefined ? 'fail' : 'pass', domain: more.spf ?? '', identity: 'mailfrom' },
    dkim: more.dkim === undefined ? [] : [signature(more.dkim)],
    arc: { result: more.arc ?? 'none', instances: 2 },
  };
  return apply(result, context);
}

describe('what is done', () => {
  const quarantining: DmarcResult = { ...rejecting, policy: 'quarantine', publishedPolicy: 'quarantine' };
  const testing: DmarcResult = { ...rejecting, policy: 'quarantine' };
  const cap = (apply: string) => ({ type: 'local_policy', comment: `apply: ${apply}` });
  it.each([
    [rejecting, 'reject', { disposition: 'reject' }],
    [rejecting, 'quarantine', { disposition: 'quarantine', overrides: [cap('quarantine')] }],
    [rejecting, 'score', { disposition: 'none', overrides: [cap('score')] }],
    [quarantining, 'reject', { disposition: 'quarantine' }],
    [quarantining, 'score', { disposition: 'none', overrides: [cap('score')] }],
    [testing, 'reject', { disposition: 'quarantine', overrides: [{ type: 'policy_test_mode' }] }],
    [testing, 'score', { disposition: 'none', overrides: [{ type: 'policy_test_mode' }, cap('score')] }],
    [{ ...rejecting, policy: 'none', publishedPolicy: 'none' }, 'reject', { disposition: 'none' }],
    [{ ...rejecting, result: 'pass' }, 'reject', { disposition: 'none' }],
    [{ ...rejecting, result: 'temperror' }, 'reject', { disposition: 'none' }],
    [{ result: 'none', domain: 'example.com', policy: undefined }, 'reject', {}],
  ] as [DmarcResult, DmarcSettings['apply'], object][])('%j with %s', (result, apply, expected) => {
    expect(applied(result, { settings: { apply } })).toEqual(expected);
  });

  it('follows the rule for the domain or the nearest above it, whatever apply says', () => {
    const overrides = { 'example.com': 'none', 'MAIL.example.com': 'quarantine', com: 'reject' } as const;
    const settings = { apply: 'score', overrides } as const;
    expect(applied(rejecting, { settings })).toEqual({
      disposition: 'quarantine',
      overrides: [{ type: 'local_policy', comment: 'rule for mail.example.com' }],
    });
    expect(applied({ ...rejecting, domain: 'x.example.com' }, { settings })).toMatchObject({
      disposition: 'none',
      spared: true,
    });
    // A domain that asks for nothing is refused where the admin wants it.
    const asksNothing: DmarcResult = {
      ...rejecting,
      domain: 'bank.com',
      policy: 'none',
      publishedPolicy: 'none',
    };
    expect(applied(asksNothing, { settings }).disposition).toBe('reject');
    expect(applied({ ...asksNothing, domain: 'bank.org' }, { settings }).disposition).toBe('none');
  });
});

describe('what speaks for a message that fails', () => {
  const spared = (type: string, comment?: string) => ({
    disposition: 'none',
    spared: true,
    overrides: [comment === undefined ? { type } : { type, comment }],
  });

  it('is an exempt network or a forwarder', () => {
    const settings = {
      exemptNetworks: ['198.51.100.0/24'],
      trustedForwarders: ['203.0.113.7', '2001:db8::/32', 'Forward.example'],
    };
    const at = (address: string) => applied(rejecting, { settings, address });
    expect(at('198.51.100.9')).toEqual(spared('local_policy', 'exempt network'));
    expect(at('203.0.113.7')).toEqual(spared('trusted_forwarder'));
    expect(at('2001:db8::1')).toEqual(spared('trusted_forwarder'));
    expect(at('203.0.113.8')).toEqual({ disposition: 'reject' });
    const proven = spared('trusted_forwarder', 'mx.forward.example');
    expect(applied(rejecting, { settings, spf: 'mx.forward.example' })).toEqual(proven);
    expect(applied(rejecting, { settings, dkim: 'mx.forward.example' })).toEqual(proven);
    expect(applied(rejecting, { settings, dkim: 'notforward.example' })).toEqual({ disposition: 'reject' });
  });

  it('is a list that proves itself', () => {
    const settings = { mailingLists: ['lists.example.org'] };
    const header = 'List-Id: Talk <talk.Lists.Example.org>\r\n';
    const list = spared('mailing_list', 'talk.lists.example.org');
    expect(applied(rejecting, { settings, header, spf: 'lists.example.org' })).toEqual(list);
    expect(applied(rejecting, { settings, header, dkim: 'bounces.lists.example.org' })).toEqual(list);
    expect(applied(rejecting, { settings, header }).disposition).toBe('reject');
    expect(applied(rejecting, { settings, header, spf: 'example.org' }).disposition).toBe('reject');
    expect(applied(rejecting, { settings, spf: 'lists.example.org' }).disposition).toBe('reject');
    const forged = 'List-Id: <talk.lists.example.org.evil.example>\r\n';
    expect(applied(rejecting, { settings, header: forged, spf: 'evil.example' }).disposition).toBe('reject');
  });

  describe('is a believed seal', () => {
    const seal = (i: number, d: string) => `ARC-Seal: i=${i}; a=rsa-sha256; cv=none; d=${d}; s=k; b=AA==\r\n`;
    const aar = (i: number, results: string) =>
      `ARC-Authentication-Results: i=${i}; mx.example; ${results}\r\n`;
    const chain =
      seal(2, 'list.example') +
      aar(2, 'dmarc=fail header.from=mail.example.com') +
      seal(1, 'mx.Provider.example') +
      aar(1, 'spf=pass;\r\n dmarc=pass (p=reject) header.from=mail.example.com');
    const sealed = (trustedSealers: string[], header = chain, arc: 'pass' | 'fail' = 'pass') =>
      applied(rejecting, { trustedSealers, header, arc });

    it('when every one after it is believed too', () => {
      expect(sealed(['provider.example', 'list.example'])).toEqual(
        spared(
          'local_policy',
          'arc=pass as[2].d=list.example as[2].s=k as[1].d=mx.provider.example as[1].s=k',
        ),
      );
      expect(sealed(['provider.example']).disposition).toBe('reject');
      expect(sealed(['list.example']).disposition).toBe('reject');
    });

    it('of a chain that holds, about this author', () => {
      const both = ['provider.example', 'list.example'];
      expect(sealed(both, chain, 'fail').disposition).toBe('reject');
      const other = chain.replace('dmarc=pass (p=reject) header.from=mail.', 'dmarc=pass header.from=other.');
      expect(sealed(both, other).disposition).toBe('reject');
      expect(sealed(both, chain.replaceAll('i=1;', 'i=3;')).disposition).toBe('none');
      const hidden = chain.replace('dmarc=pass', '(dmarc=pass) x="dmarc=pass');
      expect(sealed(both, hidden).disposition).toBe('reject');
    });
  });
});

describe('the difference of the two ways', () => {
  it('is logged once for a domain', async () => {
    const lines: object[] = [];
    const log: Log = { ...silentLog, info: (fields) => lines.push(fields) };
    const logDifference = createDifferenceLog(log);
    const zone = createZoneResolver({
      '_dmarc.s.example.com': { TXT: ['v=DMARC1; p=reject'] },
      '_dmarc.example.org': { TXT: ['v=DMARC1; p=reject'] },
    });
    const see = async (domain: string, method = treeWalk) =>
      logDifference(
        await evaluateDmarc({
          authors: oneDomain([`a@${domain}`]),
          spf: { result: 'none', domain: '', identity: 'mailfrom' },
          dkim: [],
          resolver: zone,
          method,
        }),
      );
    for (const domain of ['s.example.com', 's.example.com', 'x.example.org', 'nobody.example'])
      await see(domain);
    await see('s.example.com', publicSuffixList);
    expect(lines).toEqual([
      {
        domain: 's.example.com',
        used: 'treewalk',
        treeWalk: { organization: 's.example.com', policy: 's.example.com' },
        publicSuffixList: { organization: 'example.com', policy: 's.example.com' },
      },
    ]);
  });
});

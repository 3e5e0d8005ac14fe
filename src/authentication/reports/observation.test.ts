import { describe, expect, test } from 'vitest';
import type { Envelope } from '../../message/envelope.ts';
import type { Authentication, DkimResult, DmarcRecord, DmarcResult } from '../types.ts';
import { observe } from './observation.ts';

const record: DmarcRecord = {
  p: 'reject',
  adkim: 'r',
  aspf: 's',
  fo: '0',
  rua: ['mailto:dmarc@example.org'],
  ruf: [],
  psd: 'u',
  testing: false,
};
const signature = (domain: string, result: DkimResult['result'], aligned = false): DkimResult => ({
  domain,
  selector: 's',
  result,
  aligned,
});

function authentication(
  dmarc: Partial<DmarcResult> = {},
  more: Partial<Authentication> = {},
): Authentication {
  return {
    spf: { result: 'pass', domain: 'Example.org', identity: 'mailfrom' },
    dkim: [],
    dmarc: {
      result: 'pass',
      domain: 'example.org',
      policy: 'reject',
      policyDomain: 'example.org',
      record,
      discovery: 'treewalk',
      spfAligned: true,
      dkimAligned: false,
      disposition: 'none',
      ...dmarc,
    },
    arc: { result: 'none', instances: 0 },
    iprev: 'none',
    field: '',
    ...more,
  };
}

const envelope: Envelope = {
  client: { address: '::ffff:192.0.2.1' },
  sender: 'Ann@Bücher.Example',
  recipients: [{ address: 'a@us.example' }, { address: 'b@US.example' }],
};

describe('what a report says of a message', () => {
  test('the whole row', () => {
    expect(observe(authentication(), envelope)).toEqual({
      policy: {
        domain: 'example.org',
        discovery: 'treewalk',
        p: 'reject',
        adkim: 'r',
        aspf: 's',
        fo: '0',
        testing: 'n',
      },
      rua: ['mailto:dmarc@example.org'],
      row: {
        source: '192.0.2.1',
        disposition: 'pass',
        dkim: 'fail',
        spf: 'pass',
        reasons: [],
        headerFrom: 'example.org',
        envelopeFrom: 'xn--bcher-kva.example',
        envelopeTo: 'us.example',
        dkimResults: [],
        spfResults: [{ domain: 'example.org', scope: 'mfrom', result: 'pass' }],
      },
    });
  });

  test('recipients of several domains, and the null reverse-path', () => {
    const recipients = [{ address: 'a@us.example' }, { address: 'b@them.example' }];
    const row = observe(authentication(), { ...envelope, sender: '', recipients })?.row;
    expect(row).not.toHaveProperty('envelopeTo');
    expect(row?.envelopeFrom).toBe('');
  });

  test.each<[string, Partial<DmarcResult>, string, unknown[]]>([
    ['passes an enforcing policy', {}, 'pass', []],
    ['passes a policy of none', { policy: 'none' }, 'none', []],
    ['fails and is rejected', { result: 'fail', disposition: 'reject' }, 'reject', []],
    ['fails and is let through', { result: 'fail' }, 'none', [{ type: 'local_policy' }]],
    [
      'fails and is let through for a reason',
      { result: 'fail', overrides: [{ type: 'mailing_list', comment: 'x'.repeat(500) }] },
      'none',
      [{ type: 'mailing_list', comment: 'x'.repeat(200) }],
    ],
    [
      'could not be evaluated',
      { result: 'temperror', reason: 'no answer' },
      'none',
      [{ type: 'other', comment: 'no answer' }],
    ],
  ])('a message that %s', (_, dmarc, disposition, reasons) => {
    expect(observe(authentication(dmarc), envelope)?.row).toMatchObject({ disposition, reasons });
  });

  test('signatures stand in the order of their worth, ten at most', () => {
    const dkim = [
      { ...signature('other.example', 'fail'), reason: 'body hash' },
      signature('third.example', 'pass'),
      signature('mail.example.org', 'pass', true),
      signature('EXAMPLE.org', 'pass', true),
      ...Array.from({ length: 20 }, () => signature('more.example', 'fail')),
    ];
    const results = observe(authentication({}, { dkim }), envelope)?.row.dkimResults;
    expect(results).toHaveLength(10);
    expect(results?.slice(0, 4).map(({ domain }) => domain)).toEqual([
      'EXAMPLE.org',
      'mail.example.org',
      'third.example',
      'other.example',
    ]);
    expect(results?.[3]).toMatchObject({ result: 'fail', comment: 'body hash' });
  });

  test.each<[string, Authentication, Envelope]>([
    ['without a record', authentication({ record: undefined }), envelope],
    ['whose owner wants no reports', authentication({ record: { ...record, rua: [] } }), envelope],
    ['of a local client', authentication({ result: 'none' }), envelope],
    ['of a user of ours', authentication(), { ...envelope, client: { address: '192.0.2.1', user: 'ann' } }],
    ['without a client address', authentication(), { ...envelope, client: {} }],
    ['judged by a relay before us', authentication({}, { upstream: 'relay.example' }), envelope],
    ['from what is no domain', authentication({ domain: 'a"b' }), envelope],
    ['with a policy domain that breaks a file name', authentication({ policyDomain: '../x' }), envelope],
  ])('mail %s is not reported', (_, authenticated, about) => {
    expect(observe(authenticated, about)).toBeUndefined();
  });
});

import { describe, expect, it } from 'vitest';
import { parseMessage } from '../../message/parse.ts';
import type { Zone } from '../../net/zone-resolver.ts';
import { createZoneResolver } from '../../net/zone-resolver.ts';
import { parseDmarcRecord } from '../dmarc/record.ts';
import { createResultEdits } from '../results/edits.ts';
import { defaultAuthenticationSettings } from '../settings.ts';
import type { Authentication, BimiResult, DkimResult, DmarcResult } from '../types.ts';
import { bimiLocation, checkBimi } from './check.ts';

const record = 'v=BIMI1; l=https://img.example.com/logo.svg; a=https://img.example.com/vmc.pem';

interface Case {
  zone?: Zone;
  policy?: string;
  organization?: string;
  result?: DmarcResult['result'];
  header?: string;
  dkim?: DkimResult[];
}

async function check({
  zone,
  policy = 'p=reject',
  organization = policy,
  result = 'pass',
  ...more
}: Case = {}) {
  const parsed = parseDmarcRecord(`v=DMARC1; ${policy}`);
  const above = parseDmarcRecord(`v=DMARC1; ${organization}`);
  if (parsed === undefined || above === undefined) throw new Error('no record');
  return checkBimi({
    message: parseMessage(Buffer.from(`${more.header ?? ''}From: a@mail.example.com\r\n\r\nhi`)),
    dmarc: {
      result,
      domain: 'mail.example.com',
      policy: parsed.record.p,
      organizationalDomain: 'example.com',
      record: parsed.record,
    },
    organizational: { domain: 'example.com', ...above },
    dkim: more.dkim ?? [],
    resolver: createZoneResolver(zone ?? { 'default._bimi.example.com': { TXT: ['other', record] } }),
  });
}

describe('checkBimi', () => {
  it('finds the record of the organization', async () => {
    const found = await check();
    expect(found).toEqual({
      result: 'pass',
      domain: 'mail.example.com',
      selector: 'default',
      recordDomain: 'example.com',
      location: 'https://img.example.com/logo.svg',
      evidence: 'https://img.example.com/vmc.pem',
    });
    expect(bimiLocation(found)).toBe(
      'v=BIMI1;\n\tl=https://img.example.com/logo.svg;\n\ta=https://img.example.com/vmc.pem',
    );
  });

  it('prefers that of the author', async () => {
    const zone: Zone = {
      'default._bimi.mail.example.com': { TXT: ['v=BIMI1; l=; a='] },
      'default._bimi.example.com': { TXT: [record] },
    };
    expect(await check({ zone })).toMatchObject({ result: 'declined', recordDomain: 'mail.example.com' });
  });

  it.each([
    [{ result: 'fail' }, 'DMARC does not pass'],
    [{ policy: 'p=none' }, 'DMARC policy is none'],
    [{ policy: 'p=reject; t=y' }, 'DMARC policy is in test mode'],
    [{ organization: 'p=none' }, 'DMARC policy is none'],
    [{ organization: 'p=reject; sp=none' }, 'DMARC policy is none'],
  ] as [Case, string][])('skips %j', async (given, reason) => {
    expect(await check(given)).toMatchObject({ result: 'skipped', reason });
  });

  it.each([
    [[], 'none'],
    [[record, record], 'fail'],
    [['v=BIMI1; a=https://x.example/y'], 'fail'],
    [['v=BIMI1; l=http://x.example/y'], 'fail'],
    [['v=BIMI1; l=https://x.example/y z'], 'fail'],
    [['v=BIMI1; l=https://x.example/y\r\nBcc: x'], 'fail'],
    [['v=BIMI1; l=https://x.example/y; l=https://x.example/z'], 'fail'],
    [[`v=BIMI1; l=https://x.example/${'y'.repeat(3_000)}`], 'fail'],
    [['v=BIMI2; l=https://x.example/y'], 'none'],
  ])('%j: %s', async (texts, result) => {
    const zone: Zone = texts.length === 0 ? {} : { 'default._bimi.mail.example.com': { TXT: texts } };
    const found = await check({ zone });
    expect(found.result).toBe(result);
    expect(bimiLocation(found)).toBeUndefined();
  });

  it('says when the DNS does not answer', async () => {
    expect((await check({ zone: { 'default._bimi.mail.example.com': 'TIMEOUT' } })).result).toBe('temperror');
  });

  it('takes a selector that an aligned signature covers', async () => {
    const zone: Zone = { 'summer._bimi.mail.example.com': { TXT: [record] } };
    const signature: DkimResult = { result: 'pass', domain: 'example.com', selector: 's', aligned: true };
    const header = 'DKIM-Signature: d=x; h=from:BIMI-Selector; b=\r\nBIMI-Selector: v=BIMI1; s=Summer\r\n';
    expect(await check({ zone, header, dkim: [signature] })).toMatchObject({
      result: 'pass',
      selector: 'summer',
    });
    expect((await check({ zone, header, dkim: [{ ...signature, aligned: false }] })).selector).toBe(
      'default',
    );
    expect((await check({ zone, header, dkim: [{ ...signature, result: 'fail' }] })).selector).toBe(
      'default',
    );
    const unsigned = header.replace(':BIMI-Selector', '');
    expect((await check({ zone, header: unsigned, dkim: [signature] })).selector).toBe('default');
    const strange = header.replace('Summer', '..');
    expect((await check({ zone, header: strange, dkim: [signature] })).selector).toBe('default');
  });
});

describe('the fields of BIMI', () => {
  const settings = { ...defaultAuthenticationSettings, bimi: { enabled: true } };
  const header =
    'BIMI-Location: x\r\nbimi-indicator: y\r\nBIMI-Location: z\r\nBIMI-Selector: v=BIMI1; s=a\r\n\r\n';
  const edits = (bimi: BimiResult | undefined, which = settings) =>
    createResultEdits(which)(parseMessage(Buffer.from(header)), { client: {}, sender: '', recipients: [] }, {
      bimi,
    } as Authentication);

  it('are removed, and ours is added', () => {
    const found: BimiResult = {
      result: 'pass',
      domain: 'example.com',
      selector: 'default',
      location: 'https://example.com/logo.svg',
    };
    expect(edits(found)).toEqual([
      { kind: 'remove', name: 'BIMI-Location', index: 1 },
      { kind: 'remove', name: 'BIMI-Location', index: 2 },
      { kind: 'remove', name: 'bimi-indicator', index: 1 },
      {
        kind: 'insert',
        position: 0,
        name: 'BIMI-Location',
        value: 'v=BIMI1;\n\tl=https://example.com/logo.svg',
      },
    ]);
  });

  it('are left alone when nobody asked for BIMI', () => {
    expect(edits(undefined, defaultAuthenticationSettings)).toEqual([]);
  });
});

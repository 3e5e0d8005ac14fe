import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cpuTime } from '../../../test/support/cpu.ts';
import { parseMessage } from '../../message/parse.ts';
import { forgedResults } from './forged.ts';
import { formatAuthservId, formatResults } from './format.ts';
import type { Authentication, DmarcRecord } from '../types.ts';

const results: Omit<Authentication, 'field'> = {
  spf: { result: 'pass', domain: 'example.com', identity: 'mailfrom' },
  spfHelo: { result: 'none', domain: 'mail.example.com', identity: 'helo' },
  dkim: [
    {
      result: 'pass',
      domain: 'example.com',
      selector: 's1',
      algorithm: 'rsa-sha256',
      signature: 'AbCd+/12',
      aligned: true,
    },
    {
      result: 'permerror',
      domain: 'other.example',
      selector: 's2',
      aligned: false,
      reason: 'no "key" \\ here',
    },
  ],
  dmarc: { result: 'fail', domain: 'example.org', policy: 'reject' },
  arc: { result: 'pass', instances: 2, sealer: 'list.example' },
  iprev: 'pass',
};
const record: DmarcRecord = {
  p: 'reject',
  adkim: 'r',
  aspf: 'r',
  fo: '0',
  rua: [],
  ruf: [],
  psd: 'u',
  testing: false,
};
const context = { authservId: 'mx.example.net', authenticated: false, clientAddress: '2001:db8::1' };

describe('formatResults', () => {
  it('writes one method a line', () => {
    expect(formatResults(results, context).split('\n\t')).toEqual([
      'mx.example.net;',
      'iprev=pass policy.iprev="2001:db8::1";',
      'spf=pass smtp.mailfrom=example.com;',
      'spf=none smtp.helo=mail.example.com;',
      'dkim=pass header.d=example.com header.s=s1 header.a=rsa-sha256',
      'header.b="AbCd+/12";',
      String.raw`dkim=permerror reason="no \"key\" \\ here" header.d=other.example header.s=s2;`,
      'dmarc=fail policy.dmarc=reject header.from=example.org;',
      'arc=pass header.d=list.example',
    ]);
  });

  it('says why SPF fails, what DMARC asks for, and what BIMI found', () => {
    const more: Omit<Authentication, 'field'> = {
      ...results,
      spf: { result: 'fail', domain: 'example.com', identity: 'mailfrom', explanation: 'not (from) there' },
      dkim: [
        { result: 'pass', domain: 'example.com', selector: 's', identity: '@a.example.com', aligned: true },
      ],
      dmarc: {
        ...results.dmarc,
        record: { ...record, np: 'none', sp: 'quarantine' },
        disposition: 'quarantine',
        reason: 'as the relay reported',
      },
      bimi: {
        result: 'pass',
        domain: 'mail.example.org',
        selector: 'default',
        recordDomain: 'example.org',
        evidence: 'https://example.org/vmc.pem',
      },
    };
    expect(formatResults(more, context).split(/;\n\t/).slice(2)).toEqual([
      'spf=fail reason="not (from) there" smtp.mailfrom=example.com',
      'spf=none smtp.helo=mail.example.com',
      'dkim=pass header.d=example.com header.i=@a.example.com header.s=s',
      'dmarc=fail (p=reject sp=quarantine np=none dis=quarantine)\n\treason="as the relay reported" policy.dmarc=reject header.from=example.org',
      'arc=pass header.d=list.example',
      'bimi=pass header.d=example.org header.selector=default policy.authority=none\n\tpolicy.authority-uri="https://example.org/vmc.pem"',
    ]);
  });

  it('names the login only when it is told to', () => {
    expect(formatResults(results, { ...context, authenticated: true })).toContain(';\n\tauth=pass;\n\t');
    expect(formatResults(results, { ...context, authenticated: true, login: 'ann@example.net' })).toContain(
      '\tauth=pass smtp.auth="ann@example.net";',
    );
  });

  it('says none where nothing is known', () => {
    const none: Omit<Authentication, 'field'> = {
      spf: { result: 'none', domain: '', identity: 'helo' },
      dkim: [],
      dmarc: { result: 'none', domain: '', policy: undefined },
      arc: { result: 'none', instances: 0 },
      iprev: 'none',
    };
    expect(formatResults(none, { authservId: '', authenticated: false })).toBe(
      'localhost;\n\tspf=none;\n\tdkim=none;\n\tdmarc=none',
    );
  });

  it('writes an internationalized name as A-labels and anything odd as a quoted string', () => {
    expect(formatAuthservId('Bücher.Example.')).toBe('xn--bcher-kva.example');
    expect(formatAuthservId('a; spf=pass')).toBe('"a; spf=pass"');
  });

  it('lets nothing hostile out of its value', () => {
    const hostile = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 400 }),
      fc.constantFrom(
        'a\r\nBcc: x',
        'a\nb',
        '";\r\n dkim=pass (',
        'x'.repeat(5000),
        '\0',
        'é.example',
        '\\"',
      ),
    );
    fc.assert(
      fc.property(hostile, hostile, hostile, (one, two, three) => {
        const value = formatResults(
          {
            ...results,
            spf: { result: 'fail', domain: one, identity: 'mailfrom', explanation: two },
            dkim: Array.from({ length: 30 }, () => ({
              result: 'fail' as const,
              domain: two,
              selector: three,
              identity: one,
              algorithm: one,
              aligned: false,
              reason: two,
            })),
            dmarc: {
              result: 'none',
              domain: three,
              policy: 'none',
              reason: one,
              record,
              disposition: 'none',
            },
            bimi: {
              result: 'pass',
              domain: one,
              selector: two,
              recordDomain: three,
              evidence: one,
              reason: two,
            },
            arc: { result: 'fail', instances: 1, sealer: one, reason: three },
          },
          { authservId: two, authenticated: true, login: three, clientAddress: one },
        );
        expect(value).toMatch(/^[\x20-\x7e]+(\n\t[\x20-\x7e]+)+$/);
        expect(value.length).toBeLessThan(20_000);
        for (const line of value.split('\n')) expect(line.length).toBeLessThan(998);
        // Outside of quoted strings there are as many methods as there should be.
        const bare = value.replace(/"(?:[^"\\]|\\.)*"/g, '""').replace('(p=reject dis=none)', '');
        expect(bare).not.toContain('(');
        expect(bare.split(';')).toHaveLength(14);
      }),
      { numRuns: 300 },
    );
  });
});

describe('forgedResults', () => {
  function indexes(...values: string[]): number[] {
    const header = values.map((value) => `Authentication-Results: ${value}\r\n`).join('');
    return forgedResults(parseMessage(Buffer.from(`${header}\r\n`, 'utf8')), ['mx.bücher.example']);
  }

  it.each([
    'mx.xn--bcher-kva.example; spf=pass',
    'MX.XN--BCHER-KVA.EXAMPLE; none',
    'mx.xn--bcher-kva.example.; none',
    'mx.xn--bcher-kva.example 1; none',
    'mx.xn--bcher-kva.example',
    '\r\n\t(comment (nested \\) ) ;) mx.xn--bcher-kva.example (x) 1 (y); none',
    '"mx.xn--bcher-kva.example"; none',
    '"m\\x.xn--bcher-kva.example"; none',
    'mx.b%C3%BCcher.example; none',
    'mx.bücher.example; none',
    'mx.xn--bcher-kva\r\n .example; none',
    'mx . xn--bcher-kva . example; none',
    'x mx.xn--bcher-kva.example; none',
    '(never closed mx.xn--bcher-kva.example; none',
    '"never closed mx.xn--bcher-kva.example; none',
    '(c)"mx."xn--bcher-kva.example; none',
  ])('finds %j', (value) => {
    expect(indexes('other.example; none', value)).toEqual([2]);
  });

  it.each([
    'mx.example; spf=pass',
    'other.example; spf=pass smtp.mailfrom=mx.xn--bcher-kva.example',
    'other.example 1; none (mx.xn--bcher-kva.example)',
    'xmx.xn--bcher-kva.example; none',
    'mx.xn--bcher-kva.example.org; none',
    '; none',
    '',
  ])('leaves %j', (value) => {
    expect(indexes(value)).toEqual([]);
  });

  it('never throws, and takes time in proportion', () => {
    const pieces = fc.array(
      fc.constantFrom(
        '(',
        ')',
        '"',
        '\\',
        ';',
        ' ',
        '\r\n ',
        '%',
        '%C3',
        'mx.example',
        '.',
        '1',
        'é',
        '\0',
        '=',
      ),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(pieces, (list) => {
        expect(indexes(list.join('')).length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 300 },
    );
    const used = cpuTime(() => {
      for (const piece of ['(', '"', ' ', '\\"', '%41', 'a.'])
        indexes(...Array.from({ length: 200 }, () => piece.repeat(20_000)));
    });
    expect(used).toBeLessThan(3_000);
  });
});

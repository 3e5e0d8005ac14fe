import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cpuTime } from '../../../test/support/cpu.ts';
import { isDmarcRecord, parseDmarcRecord } from './record.ts';

const byDefault = {
  p: 'none',
  adkim: 'r',
  aspf: 'r',
  fo: '0',
  rua: [],
  ruf: [],
  psd: 'u',
  testing: false,
};

describe('parseDmarcRecord', () => {
  it('reads every tag', () => {
    const text =
      'v=DMARC1; p=reject; sp=Quarantine; np=NONE; adkim=S; aspf=s; fo=1:d:s; psd=n; t=Y;' +
      'rua=mailto:a@example.com!10m, mailto:b@example.net; ruf=mailto:c@example.com;';
    expect(parseDmarcRecord(text)?.record).toEqual({
      p: 'reject',
      sp: 'quarantine',
      np: 'none',
      adkim: 's',
      aspf: 's',
      fo: '1:d:s',
      rua: ['mailto:a@example.com', 'mailto:b@example.net'],
      ruf: ['mailto:c@example.com'],
      psd: 'n',
      testing: true,
    });
  });

  it.each([
    // RFC 9989 §4.10.1: only reports make a record without a policy one.
    ['v=DMARC1', undefined],
    ['v=DMARC1; p=', undefined],
    ['v=DMARC1; rua=a@example.com', undefined],
    ['v=DMARC1; rua=mailto:', undefined],
    ['v=DMARC1; rua=mailto:a@example.com', { rua: ['mailto:a@example.com'] }],
    ['v=DMARC1; p=reject; sp=x', undefined],
    ['v=DMARC1; p=reject; np=x; rua=mailto:a@example.com', { rua: ['mailto:a@example.com'] }],
    // A tag twice makes the list no list (RFC 6376 §3.2).
    ['v=DMARC1; p=reject; p=none', undefined],
    ['v=DMARC1; v=DMARC1; p=none', undefined],
    // Other faults leave the default.
    ['v=DMARC1; p=reject; adkim=x; aspf=; fo=z; psd=maybe; t=1', { p: 'reject' }],
    ['v=DMARC1; p=reject; pct=0; rf=afrf; ri=1; nonsense; =x', { p: 'reject' }],
    ['\tV = DMARC1\t;\tp\t=\treject\t', { p: 'reject' }],
    ['v=DMARC1;;;p=reject;;', { p: 'reject' }],
    ['v=DMARC1; P=reject; rua=https://example.com/r', { rua: ['https://example.com/r'] }],
    ['v=DMARC1 p=reject', undefined],
    ['v=DMARC1.0; p=reject', undefined],
    ['x=1; v=DMARC1; p=reject', undefined],
    ['', undefined],
  ])('%s', (text, tags) => {
    const parsed = parseDmarcRecord(text);
    expect(parsed?.usable === true ? parsed.record : undefined).toEqual(
      tags === undefined ? undefined : { ...byDefault, ...tags },
    );
  });

  it('knows the rank of a record whose policy cannot be used', () => {
    expect(parseDmarcRecord('v=DMARC1; p=x; psd=y')).toMatchObject({ usable: false, record: { psd: 'y' } });
  });

  it('keeps twenty destinations, and none in a record that is too long', () => {
    const rua = Array.from({ length: 30 }, (_, index) => `mailto:r${index}@example.com`);
    expect(parseDmarcRecord(`v=DMARC1; p=none; rua=${rua.join(',')}`)?.record.rua).toEqual(rua.slice(0, 20));
    expect(isDmarcRecord(`v=DMARC1; p=none; ${'x'.repeat(9_000)}`)).toBe(false);
  });

  it('takes anything, in time that grows with its length', () => {
    const piece = fc.constantFrom(
      'v=DMARC1',
      ';',
      '=',
      ' ',
      '\t',
      'p=reject',
      'rua=',
      'mailto:a',
      ',',
      '!1k',
      '\0',
      'é',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const record = parseDmarcRecord(pieces.join(''));
        expect(['none', 'reject', undefined]).toContain(record?.record.p);
      }),
      { numRuns: 400 },
    );
    const used = cpuTime(() => {
      for (const part of [' ', '\t', ';', 'a=b;', '!1', '%41', ',', 'mailto:a,', '='])
        for (const head of ['v=DMARC1;', 'v=DMARC1; rua=', 'v'])
          parseDmarcRecord(head + part.repeat(Math.floor(8_000 / part.length)));
    });
    expect(used).toBeLessThan(200);
  });
});

import { describe, expect, it } from 'vitest';
import { parseZone } from './zone-file.ts';
import { createZoneResolver } from './zone-resolver.ts';

function resolverOf(yaml: string) {
  const { zone, faults } = parseZone(yaml);
  expect(faults).toBeUndefined();
  return createZoneResolver(structuredClone(zone ?? {}));
}

describe('zone', () => {
  const resolver = resolverOf(`
Example.ORG.:
  A: [192.0.2.1, 192.0.2.2]
  aaaa: 2001:db8::1
  MX:
    - 10 mx.example.org
    - {priority: 20, exchange: mx2.example.org}
  TXT:
    - v=spf1 -all
    - [one, two]
www.example.org: {CNAME: ["EXAMPLE.org."]}
loop.example: {CNAME: loop.example}
slow.example: TIMEOUT
broken.example: SERVFAIL
half.example: {A: 192.0.2.3, TXT: TIMEOUT}
deep.down.example: {A: 192.0.2.4}
192.0.2.1: {PTR: example.org}
2001:db8::1: {PTR: example.org}
9.2.0.192.in-addr.arpa: {PTR: nine.example.org}
__proto__: {A: 192.0.2.5}
`);

  it.each([
    ['example.org', 'A', ['192.0.2.1', '192.0.2.2']],
    ['EXAMPLE.org.', 'AAAA', ['2001:db8::1']],
    [
      'example.org',
      'MX',
      [
        { priority: 10, exchange: 'mx.example.org' },
        { priority: 20, exchange: 'mx2.example.org' },
      ],
    ],
    ['example.org', 'TXT', [['v=spf1 -all'], ['one', 'two']]],
    ['www.example.org', 'A', ['192.0.2.1', '192.0.2.2']],
    ['www.example.org', 'CNAME', ['EXAMPLE.org.']],
    ['half.example', 'A', ['192.0.2.3']],
    ['1.2.0.192.in-addr.arpa', 'PTR', ['example.org']],
    ['9.2.0.192.in-addr.arpa', 'PTR', ['nine.example.org']],
    [`1.${'0.'.repeat(23)}8.b.d.0.1.0.0.2.ip6.arpa`, 'PTR', ['example.org']],
    ['__proto__', 'A', ['192.0.2.5']],
  ] as const)('%s %s', async (name, type, records) => {
    expect(await resolver.resolve(name, type)).toEqual(records);
  });

  it.each([
    ['nowhere.example', 'A', 'ENOTFOUND'],
    ['toString', 'A', 'ENOTFOUND'],
    ['down.example', 'A', 'ENODATA'],
    ['example.org', 'PTR', 'ENODATA'],
    ['slow.example', 'A', 'ETIMEOUT'],
    ['slow.example', 'MX', 'ETIMEOUT'],
    ['half.example', 'TXT', 'ETIMEOUT'],
    ['broken.example', 'TXT', 'ESERVFAIL'],
    ['loop.example', 'A', 'ESERVFAIL'],
  ] as const)('%s %s fails with %s', async (name, type, code) => {
    await expect(resolver.resolve(name, type)).rejects.toMatchObject({ code });
  });

  it.each([
    ['signed.example', true],
    ['alias.example', true],
    ['half.example', false],
    ['plain.example', false],
  ])('%s is authentic: %s', async (name, authentic) => {
    const signed = resolverOf(`
signed.example: {SIGNED: yes, A: 192.0.2.1}
alias.example: {SIGNED: true, CNAME: signed.example}
half.example: {CNAME: signed.example}
plain.example: {A: 192.0.2.1}
`);
    expect(await signed.lookup(name, 'A')).toEqual({ records: ['192.0.2.1'], authentic });
  });

  it('takes an empty file as an empty zone', () => {
    expect(parseZone('')).toEqual({ zone: {} });
    expect(parseZone('# nothing yet\n')).toEqual({ zone: {} });
  });

  it('names every fault with its line', () => {
    const { faults } = parseZone(
      [
        'a.example: {A: [192.0.2.1, 192.0.2.256]}',
        'b.example:',
        '  AAAA: ["192.0.2.1"]',
        '  SPF: ["v=spf1 -all"]',
        'c.example: nothing',
        'A.EXAMPLE: {MX: ["mx.example"]}',
        'd.example: {TXT: [{a: b}], PTR: ["two words"]}',
        'e.example:',
        'f.example: {SIGNED: maybe}',
      ].join('\n'),
    );
    expect(faults).toEqual([
      { line: 1, text: 'a.example A: an A record is an IPv4 address' },
      { line: 3, text: 'b.example AAAA: an AAAA record is an IPv6 address' },
      { line: 4, text: expect.stringContaining('record type "SPF" is none of A, AAAA') },
      { line: 5, text: 'c.example: a name has a map of record types, or TIMEOUT or SERVFAIL' },
      { line: 6, text: 'A.EXAMPLE is there twice' },
      { line: 6, text: 'A.EXAMPLE MX: an MX record is "10 mx.example.org" or {priority, exchange}' },
      { line: 7, text: 'd.example TXT: a TXT record is a text or a list of texts' },
      { line: 7, text: 'd.example PTR: a name is expected' },
      { line: 8, text: 'e.example: a name has a map of record types, or TIMEOUT or SERVFAIL' },
      { line: 9, text: 'f.example SIGNED: SIGNED is yes or absent' },
    ]);
  });

  it('names the line of broken YAML', () => {
    const { faults } = parseZone('a.example: {A: 192.0.2.1}\nb.example: [}\n');
    expect(faults?.[0]?.line).toBe(2);
    expect(parseZone('- a\n- b\n').faults).toEqual([{ line: 1, text: 'a zone is a map of names' }]);
  });
});

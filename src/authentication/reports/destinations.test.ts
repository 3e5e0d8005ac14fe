import { describe, expect, test } from 'vitest';
import { DnsError, type Resolver } from '../../net/resolver.ts';
import { createZoneResolver, type Zone } from '../../net/zone-resolver.ts';
import { findDestinations } from './destinations.ts';

const zone: Zone = {
  '_dmarc.example.org': { TXT: ['v=DMARC1; p=none'] },
  'example.org._report._dmarc.yes.example': { TXT: ['spf or so', 'v=DMARC1;'] },
  'example.org._report._dmarc.moved.example': {
    TXT: ['v=DMARC1; rua=mailto:new@moved.example,mailto:other@moved.example'],
  },
  'example.org._report._dmarc.leads.example': { TXT: ['v=DMARC1; rua=mailto:victim@victim.example'] },
  'example.org._report._dmarc.wrong.example': { TXT: ['v=spf1 -all', 'p=none; v=DMARC1', 'V=dmarc1'] },
  'example.org._report._dmarc.slow.example': 'TIMEOUT',
  '_dmarc.down.example': 'SERVFAIL',
};

const find = (rua: string[], limit = 5, resolver: Resolver = createZoneResolver(zone)) =>
  findDestinations({ domain: 'example.org', p: 'none' }, rua, resolver, limit);

describe('where reports go', () => {
  test('to addresses of the same organization, without asking', async () => {
    const rua = [
      'mailto:a@example.org',
      'MAILTO:b%2Bc@Mail.Example.org',
      ' mailto:d@example.org!10m?subject=x ',
    ];
    expect(await find(rua)).toEqual({
      addresses: ['a@example.org', 'b+c@mail.example.org', 'd@example.org'],
      refused: [],
      undecided: false,
    });
  });

  test('to others that say they want them', async () => {
    const found = await find(['mailto:a@yes.example', 'mailto:old@moved.example', 'mailto:a@yes.example']);
    expect(found).toEqual({
      addresses: ['a@yes.example', 'new@moved.example', 'other@moved.example'],
      refused: [],
      undecided: false,
    });
  });

  test.each([
    ['mailto:a@no.example', 'no TXT record'],
    ['mailto:a@wrong.example', 'no DMARC record'],
    ['mailto:a@leads.example', 'leads elsewhere'],
    ['https://example.org/reports', 'no mailto'],
    ['mailto:', 'no address'],
    ['mailto:a', 'no address'],
    ['mailto:a@example.org%0d%0aBcc:x@victim.example', 'no address'],
    ['mailto:a%00@example.org', 'no address'],
    ['mailto:a%ZZ@example.org', 'not encoded'],
    ['mailto:%22a b%22@example.org', 'no address'],
    ['mailto:a@[192.0.2.1]', 'no address'],
    ['mailto:a@localhost', 'no address'],
    [
      `mailto:a@${'x'.repeat(60)}.${'y'.repeat(60)}.${'z'.repeat(60)}.${'w'.repeat(50)}`,
      'no name in the DNS',
    ],
  ])('not to %s', async (uri, reason) => {
    const found = await find([uri]);
    expect(found.addresses).toEqual([]);
    expect(found.undecided).toBe(false);
    expect(found.refused).toEqual([{ uri, reason: expect.stringContaining(reason) }]);
  });

  test('a DNS that does not answer leaves it open', async () => {
    for (const uri of ['mailto:a@slow.example', 'mailto:a@down.example'])
      expect(await find([uri, 'mailto:b@example.org'])).toMatchObject({
        addresses: ['b@example.org'],
        refused: [{ uri }],
        undecided: true,
      });
    const failing: Resolver = {
      resolve: (name, type) => Promise.reject(new DnsError('EBUDGET', name, type)),
    };
    expect(await find(['mailto:a@yes.example'], 5, failing)).toMatchObject({
      addresses: [],
      undecided: true,
    });
  });

  test('to no more than the limit', async () => {
    const found = await find(
      Array.from({ length: 60 }, (_, at) => `mailto:a${at}@example.org`),
      2,
    );
    expect(found.addresses).toEqual(['a0@example.org', 'a1@example.org']);
    expect(found.refused).toHaveLength(48);
    expect((await find(['mailto:old@moved.example'], 1)).addresses).toEqual(['new@moved.example']);
  });
});

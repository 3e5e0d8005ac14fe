import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from 'dns-packet';
import { FakeNameServer, soa } from '../../test/support/dns-server.ts';
import type { FullResolver } from './resolver.ts';
import { defaultDnsSettings } from './settings.ts';
import { createResolver } from './system-resolver.ts';

const ANSWERS: Readonly<Record<string, Answer[]>> = {
  'A a.example': [{ type: 'A', name: 'a.example', ttl: 300, data: '192.0.2.1' }],
  'AAAA a.example': [{ type: 'AAAA', name: 'a.example', ttl: 300, data: '2001:db8::1' }],
  'MX a.example': [
    { type: 'MX', name: 'a.example', ttl: 300, data: { preference: 10, exchange: 'mx.example' } },
    { type: 'MX', name: 'a.example', ttl: 300, data: { preference: 0, exchange: '.' } },
  ],
  'TXT a.example': [
    { type: 'TXT', name: 'a.example', ttl: 300, data: ['one', Buffer.from('tw\xf6', 'latin1')] },
  ],
  'PTR 1.2.0.192.in-addr.arpa': [
    { type: 'PTR', name: '1.2.0.192.in-addr.arpa', ttl: 300, data: 'a.example' },
  ],
  'CNAME b.example': [{ type: 'CNAME', name: 'b.example', ttl: 300, data: 'a.example' }],
  'NS a.example': [{ type: 'NS', name: 'a.example', ttl: 300, data: 'ns.example' }],
  'SOA a.example': [soa('a.example', 300, 60)],
};
/** Response codes by name. */
const FAILURES: Readonly<Record<string, number>> = { 'broken.example': 2, 'refused.example': 5 };

describe('createResolver', () => {
  let server: FakeNameServer;
  let resolver: FullResolver;

  beforeAll(async () => {
    server = await FakeNameServer.start(({ name: spelt, type }) => {
      const name = spelt.toLowerCase();
      if (name === 'silent.example') return undefined;
      const answers = ANSWERS[`${type} ${name}`];
      const known = Object.keys(ANSWERS).some((key) => key.endsWith(` ${name}`));
      return {
        rcode: FAILURES[name] ?? (known ? 0 : 3),
        answers: answers ?? [],
        ...(answers === undefined ? { authorities: [soa('example', 300, 60)] } : {}),
      };
    });
    resolver = createResolver({ ...defaultDnsSettings, servers: [server.address], timeout: 300, tries: 1 });
  });

  afterAll(() => {
    resolver.close();
    server.close();
  });

  it.each([
    ['a.example', 'A', ['192.0.2.1']],
    ['a.example', 'AAAA', ['2001:db8::1']],
    [
      'a.example',
      'MX',
      [
        { priority: 10, exchange: 'mx.example' },
        { priority: 0, exchange: '' },
      ],
    ],
    ['a.example', 'TXT', [['one', 'tw\xf6']]],
    ['1.2.0.192.in-addr.arpa', 'PTR', ['a.example']],
    ['b.example', 'CNAME', ['a.example']],
    ['a.example', 'NS', ['ns.example']],
    ['a.example', 'SOA', ['ns.a.example']],
  ] as const)('%s %s', async (name, type, records) => {
    expect(await resolver.resolve(name, type)).toEqual(records);
    const before = server.asked.length;
    expect(await resolver.resolve(name, type)).toEqual(records);
    expect(server.asked).toHaveLength(before);
  });

  it.each([
    ['nowhere.example', 'A', 'ENOTFOUND'],
    ['b.example', 'MX', 'ENODATA'],
    ['broken.example', 'A', 'ESERVFAIL'],
    ['refused.example', 'A', 'ESERVFAIL'],
    ['silent.example', 'A', 'ETIMEOUT'],
  ] as const)('%s %s fails with %s, which is remembered', async (name, type, code) => {
    await expect(resolver.resolve(name, type)).rejects.toMatchObject({ code });
    const before = server.asked.length;
    await expect(resolver.resolve(name, type)).rejects.toMatchObject({ code });
    expect(server.asked).toHaveLength(before);
  });

  it('answers from the zone when there is one', async () => {
    const offline = createResolver({ ...defaultDnsSettings, zone: { 'a.example': { A: ['192.0.2.9'] } } });
    expect(await offline.resolve('a.example', 'A')).toEqual(['192.0.2.9']);
    offline.close();
    expect(await offline.lookup('a.example', 'A')).toEqual({ records: ['192.0.2.9'], authentic: false });
  });

  it.each(['name.example', '192.0.2.1:0', '[192.0.2.1]:53', '192.0.2.1:70000', ''])(
    'refuses %j as a server',
    (text) => {
      expect(() => createResolver({ ...defaultDnsSettings, servers: [text] })).toThrow(TypeError);
    },
  );
});

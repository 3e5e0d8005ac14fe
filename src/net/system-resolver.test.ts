import { createSocket } from 'node:dgram';
import { decode, encode } from 'dns-packet';
import type { Answer, Packet } from 'dns-packet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Resolver } from './resolver.ts';
import { defaultDnsSettings } from './settings.ts';
import { createResolver } from './system-resolver.ts';

const ANSWERS: Readonly<Record<string, Answer[]>> = {
  'A a.example': [{ type: 'A', name: 'a.example', ttl: 300, data: '192.0.2.1' }],
  'AAAA a.example': [{ type: 'AAAA', name: 'a.example', ttl: 300, data: '2001:db8::1' }],
  'MX a.example': [{ type: 'MX', name: 'a.example', data: { preference: 10, exchange: 'mx.example' } }],
  'TXT a.example': [{ type: 'TXT', name: 'a.example', data: ['one', 'two'] }],
  'PTR 1.2.0.192.in-addr.arpa': [{ type: 'PTR', name: '1.2.0.192.in-addr.arpa', data: 'a.example' }],
  'CNAME b.example': [{ type: 'CNAME', name: 'b.example', data: 'a.example' }],
  'NS a.example': [{ type: 'NS', name: 'a.example', data: 'ns.example' }],
  'SOA a.example': [
    {
      type: 'SOA',
      name: 'a.example',
      data: {
        mname: 'ns.example',
        rname: 'x.example',
        serial: 1,
        refresh: 1,
        retry: 1,
        expire: 1,
        minimum: 1,
      },
    },
  ],
};
/** Response codes by name. */
const FAILURES: Readonly<Record<string, number>> = { 'broken.example': 2, 'refused.example': 5 };

/** A name server on loopback: the table above, silence for silent.example, NXDOMAIN for the rest. */
describe('createSystemResolver', () => {
  const server = createSocket('udp4');
  const asked: string[] = [];
  let resolver: Resolver;

  beforeAll(async () => {
    server.on('message', (bytes, from) => {
      const { id, questions } = decode(bytes);
      const [question] = questions ?? [];
      if (question === undefined || question.name === 'silent.example') return;
      asked.push(`${question.type} ${question.name}`);
      const answers = ANSWERS[`${question.type} ${question.name}`];
      const known = Object.keys(ANSWERS).some((key) => key.endsWith(` ${question.name}`));
      const reply: Packet = {
        type: 'response',
        id,
        flags: 0x0180 | (FAILURES[question.name] ?? (known ? 0 : 3)),
        questions,
        answers: answers ?? [],
      };
      server.send(encode(reply), from.port, from.address);
    });
    await new Promise<void>((resolve) => {
      server.bind(0, '127.0.0.1', resolve);
    });
    const { port } = server.address();
    resolver = createResolver({
      ...defaultDnsSettings,
      servers: [`127.0.0.1:${port}`],
      timeout: 600,
      tries: 1,
    });
  });

  afterAll(() => {
    server.close();
  });

  it.each([
    ['a.example', 'A', ['192.0.2.1']],
    ['a.example', 'AAAA', ['2001:db8::1']],
    ['a.example', 'MX', [{ priority: 10, exchange: 'mx.example' }]],
    ['a.example', 'TXT', [['one', 'two']]],
    ['1.2.0.192.in-addr.arpa', 'PTR', ['a.example']],
    ['b.example', 'CNAME', ['a.example']],
    ['a.example', 'NS', ['ns.example']],
    ['a.example', 'SOA', ['ns.example']],
  ] as const)('%s %s', async (name, type, records) => {
    expect(await resolver.resolve(name, type)).toEqual(records);
    const before = asked.length;
    expect(await resolver.resolve(name, type)).toEqual(records);
    expect(asked).toHaveLength(before);
  });

  it.each([
    ['nowhere.example', 'A', 'ENOTFOUND'],
    ['b.example', 'MX', 'ENODATA'],
    ['broken.example', 'A', 'ESERVFAIL'],
    ['refused.example', 'A', 'ESERVFAIL'],
    ['silent.example', 'A', 'ETIMEOUT'],
  ] as const)('%s %s fails with %s', async (name, type, code) => {
    await expect(resolver.resolve(name, type)).rejects.toMatchObject({ code, name: 'Error' });
  });

  it('answers from the zone when there is one', async () => {
    const offline = createResolver({ ...defaultDnsSettings, zone: { 'a.example': { A: ['192.0.2.9'] } } });
    expect(await offline.resolve('a.example', 'A')).toEqual(['192.0.2.9']);
  });
});

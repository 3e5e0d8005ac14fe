import type { Answer } from 'dns-packet';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { FullResolver } from '../../src/net/resolver.ts';
import { defaultDnsSettings } from '../../src/net/settings.ts';
import { createResolver } from '../../src/net/system-resolver.ts';
import { FakeNameServer, type ServerReply, soa } from '../support/dns-server.ts';
import { ZoneSigner } from '../support/dnssec.ts';
import { describePeers } from '../support/peers.ts';
import { Unbound } from '../support/unbound.ts';

const a = (name: string): Answer => ({ type: 'A', name, ttl: 300, data: '192.0.2.1' });
const cname = (name: string, data: string): Answer => ({ type: 'CNAME', name, ttl: 300, data });
const LONG = Array.from({ length: 40 }, (_, i) => `${i} `.padEnd(200, 'x'));

describePeers(['unbound'], 'the resolver and unbound', () => {
  const signer = new ZoneSigner('signed.example');
  const RECORDS: Readonly<Record<string, Answer[]>> = {
    'A plain.example': [a('plain.example')],
    'A www.example': [cname('www.example', 'plain.example')],
    'A other.example': [cname('other.example', 'www.signed.example')],
    'TXT long.example': [{ type: 'TXT', name: 'long.example', ttl: 300, data: [...LONG] }],
    'MX plain.example': [
      { type: 'MX', name: 'plain.example', ttl: 300, data: { preference: 5, exchange: 'mx.plain.example' } },
    ],
    'A www.signed.example': [a('www.signed.example')],
    'A forged.signed.example': [a('forged.signed.example')],
    'DNSKEY signed.example': [signer.key],
  };
  let authority: FakeNameServer;
  let unbound: Unbound;
  let resolver: FullResolver;

  /** What an authoritative server says about `example`. */
  function answer({ name: spelt, type, over }: { name: string; type: string; over: string }): ServerReply {
    const name = spelt.toLowerCase();
    const found = RECORDS[`${type} ${name}`] ?? [];
    const common = { authoritative: true, recursive: false };
    if (name === 'broken.example') return { ...common, rcode: 2 };
    if (found.length === 0)
      return { ...common, rcode: name.startsWith('no.') ? 3 : 0, authorities: [soa('example', 300, 60)] };
    if (over === 'udp' && name === 'long.example') return { ...common, truncated: true };
    const signed = name.endsWith('signed.example');
    const signature = signed ? signer.sign(found) : undefined;
    if (name === 'forged.signed.example') signature?.data.signature.fill(1);
    return { ...common, answers: signature === undefined ? [...found] : [...found, signature] };
  }

  beforeAll(async () => {
    authority = await FakeNameServer.start(answer);
    unbound = await Unbound.start('example', `127.0.0.1@${authority.port}`, [signer.trustAnchor]);
    resolver = createResolver({ ...defaultDnsSettings, servers: [`127.0.0.1:${unbound.port}`] });
  });

  afterAll(async () => {
    resolver.close();
    authority.close();
    await unbound.stop();
  });

  it.each([
    ['plain.example', 'A', ['192.0.2.1'], false],
    ['PLAIN.example.', 'MX', [{ priority: 5, exchange: 'mx.plain.example' }], false],
    ['www.example', 'A', ['192.0.2.1'], false],
    ['long.example', 'TXT', [LONG], false],
    ['www.signed.example', 'A', ['192.0.2.1'], true],
    ['other.example', 'A', ['192.0.2.1'], false],
  ] as const)('%s %s', async (name, type, records, authentic) => {
    expect(await resolver.lookup(name, type)).toEqual({ records, authentic });
  });

  it.each([
    ['no.example', 'A', 'ENOTFOUND'],
    ['plain.example', 'AAAA', 'ENODATA'],
    ['broken.example', 'A', 'ESERVFAIL'],
    ['forged.signed.example', 'A', 'ESERVFAIL'],
  ] as const)('%s %s fails with %s', async (name, type, code) => {
    await expect(resolver.resolve(name, type)).rejects.toMatchObject({ code });
  });

  it('answers many questions at once', async () => {
    const names = Array.from({ length: 300 }, (_, i) => `${i % 2 === 0 ? 'no.' : ''}n${i}.example`);
    const outcomes = await Promise.allSettled(names.map((name) => resolver.resolve(name, 'A')));
    for (const [i, outcome] of outcomes.entries())
      expect(outcome).toMatchObject({ reason: { code: i % 2 === 0 ? 'ENOTFOUND' : 'ENODATA' } });
  });
});

import { describe, expect, test } from 'vitest';
import { DnsError, type DnsErrorCode, type RecordTypes, type Resolver } from '../../net/resolver.ts';
import { route, type RouteOptions } from './route.ts';

type Zone = Readonly<Record<string, Partial<RecordTypes>[keyof RecordTypes][] | DnsErrorCode>>;

const resolver = (zone: Zone): Resolver => ({
  resolve: (name, type) => {
    const found =
      zone[`${type} ${name}`] ??
      (Object.keys(zone).some((key) => key.endsWith(` ${name}`)) ? 'ENODATA' : 'ENOTFOUND');
    return typeof found === 'string'
      ? Promise.reject(new DnsError(found, name, type))
      : Promise.resolve(found as never);
  },
});

const mx = (priority: number, exchange: string): RecordTypes['MX'] => ({ priority, exchange });

const routed = (domain: string, zone: Zone, options: Partial<RouteOptions> = {}) =>
  route(domain, {
    resolver: resolver(zone),
    hostname: 'us.example',
    allowLoopback: false,
    hosts: 5,
    random: () => 0.5,
    ...options,
  });

describe('where mail for a domain goes', () => {
  test('by preference, all addresses of a host', async () => {
    const zone: Zone = {
      'MX a.example': [mx(20, 'mx2.a.example'), mx(10, 'mx1.a.example.')],
      'A mx1.a.example': ['192.0.2.1', '192.0.2.2'],
      'AAAA mx1.a.example': ['2001:db8::1'],
      'A mx2.a.example': ['192.0.2.3'],
    };
    expect(await routed('A.Example.', zone)).toEqual({
      kind: 'hosts',
      hosts: [
        { name: 'mx1.a.example', address: '192.0.2.1' },
        { name: 'mx1.a.example', address: '192.0.2.2' },
        { name: 'mx1.a.example', address: '2001:db8::1' },
        { name: 'mx2.a.example', address: '192.0.2.3' },
      ],
    });
    expect(await routed('a.example', zone, { hosts: 2 })).toMatchObject({
      hosts: [{ address: '192.0.2.1' }, { address: '192.0.2.2' }],
    });
  });

  test('servers of one preference come in random order', async () => {
    const zone: Zone = {
      'MX a.example': [mx(10, 'one.example'), mx(10, 'two.example')],
      'A one.example': ['192.0.2.1'],
      'A two.example': ['192.0.2.2'],
    };
    const numbers = [0.9, 0.1];
    const found = await routed('a.example', zone, { random: () => numbers.shift() ?? 0 });
    expect(found).toMatchObject({ hosts: [{ name: 'two.example' }, { name: 'one.example' }] });
  });

  test('a domain without MX is its own server', async () => {
    expect(await routed('a.example', { 'A a.example': ['192.0.2.9'] })).toEqual({
      kind: 'hosts',
      hosts: [{ name: 'a.example', address: '192.0.2.9' }],
    });
  });

  test('an address literal is the server', async () => {
    expect(await routed('[192.0.2.7]', {})).toMatchObject({ hosts: [{ address: '192.0.2.7' }] });
    expect(await routed('[IPv6:2001:db8::7]', {})).toMatchObject({ hosts: [{ address: '2001:db8::7' }] });
    expect(await routed('[nonsense]', {})).toMatchObject({ kind: 'failed' });
  });

  test('who is an MX himself tries only better ones', async () => {
    const zone: Zone = {
      'MX a.example': [mx(10, 'one.example'), mx(20, 'US.example'), mx(30, 'three.example')],
      'A one.example': ['192.0.2.1'],
      'A three.example': ['192.0.2.3'],
    };
    expect(await routed('a.example', zone)).toMatchObject({ hosts: [{ name: 'one.example' }] });
    expect(await routed('a.example', { 'MX a.example': [mx(20, 'us.example')] })).toMatchObject({
      kind: 'failed',
      reply: expect.stringContaining('5.4.6'),
    });
  });

  test.each([
    ['null MX', { 'MX a.example': [mx(0, '')] }, 'failed', '556 5.1.10'],
    ['null MX with its dot', { 'MX a.example': [mx(0, '.')] }, 'failed', '556 5.1.10'],
    ['no such domain', {}, 'failed', '550 5.1.2'],
    ['no answer', { 'MX a.example': 'ETIMEOUT' }, 'deferred', '451 4.4.3'],
    ['budget used up', { 'MX a.example': 'EBUDGET' }, 'deferred', '451 4.4.3'],
    ['exchange without address', { 'MX a.example': [mx(1, 'b.example')] }, 'failed', '550 5.4.4'],
    [
      'exchange not known now',
      { 'MX a.example': [mx(1, 'b.example')], 'A b.example': 'ESERVFAIL' },
      'deferred',
      '451 4.4.3',
    ],
    ['loopback', { 'A a.example': ['127.0.0.1'] }, 'failed', '554 5.4.6'],
    ['mapped loopback', { 'AAAA a.example': ['::ffff:127.0.0.1'] }, 'failed', '554 5.4.6'],
    ['IPv6 loopback', { 'AAAA a.example': ['::1'] }, 'failed', '554 5.4.6'],
    ['unspecified', { 'A a.example': ['0.0.0.0'] }, 'failed', '554 5.4.6'],
    ['link-local', { 'A a.example': ['169.254.169.254'] }, 'failed', '554 5.4.6'],
  ] as const)('%s', async (_, zone, kind, reply) => {
    expect(await routed('a.example', zone as unknown as Zone)).toEqual({
      kind,
      reply: expect.stringContaining(reply),
    });
  });

  test('loopback where the admin wants it', async () => {
    const zone: Zone = { 'A a.example': ['127.0.0.1'] };
    expect(await routed('a.example', zone, { allowLoopback: true })).toMatchObject({ kind: 'hosts' });
  });

  test('names that are none', async () => {
    for (const domain of ['', '..', 'a b', '127.0.0.1', 'x'.repeat(300)]) {
      expect(await routed(domain, {})).toMatchObject({
        kind: 'failed',
        reply: expect.stringContaining('5.1.2'),
      });
    }
  });
});

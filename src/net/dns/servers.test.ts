import { describe, expect, it } from 'vitest';
import { NameServer, parseServer, ServerList } from './servers.ts';

describe('parseServer', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1', 53],
    ['192.0.2.1:5353', '192.0.2.1', 5353],
    ['2001:db8::1', '2001:db8::1', 53],
    ['[2001:db8::1]', '2001:db8::1', 53],
    ['[fe80::1%eth0]:5353', 'fe80::1%eth0', 5353],
  ])('reads %s', (text, host, port) => {
    expect(parseServer(text)).toEqual({ host, port });
  });

  it.each(['', 'localhost', '192.0.2', '192.0.2.1:', '192.0.2.1:0', '[192.0.2.1]:53', '2001:db8::1:70000x'])(
    'refuses %j',
    (text) => {
      expect(() => parseServer(text)).toThrow(`"${text}" is no address of a name server`);
    },
  );
});

describe('a name server', () => {
  const server = (): NameServer => new NameServer({ host: '192.0.2.1', port: 53 });

  it.each([
    ['127.0.0.53', true],
    ['::1', true],
    ['192.0.2.1', false],
    ['2001:db8::1', false],
  ])('%s is on this machine: %s', (host, loopback) => {
    expect(new NameServer({ host, port: 53 }).loopback).toBe(loopback);
  });

  it('is dead after two silences in a row, for half a minute', () => {
    const one = server();
    one.silent(1_000, 0);
    expect(one.isDead(1_000)).toBe(false);
    one.silent(2_000, 1_000);
    expect([one.isDead(2_000), one.isDead(31_999), one.isDead(32_000)]).toEqual([true, true, false]);
    one.answered(40_000);
    one.silent(41_000, 40_500);
    expect(one.isDead(41_000)).toBe(false);
  });

  it('is not dead when it answered others meanwhile, and lives when it answers', () => {
    const one = server();
    one.answered(500);
    for (let i = 0; i < 5; i++) one.silent(1_000, 0);
    expect(one.isDead(1_000)).toBe(false);
    one.unreachable(2_000);
    expect(one.isDead(2_000)).toBe(true);
    one.answered(2_001);
    expect(one.isDead(2_001)).toBe(false);
  });

  it('may lack EDNS or change letters, for an hour', () => {
    const one = server();
    expect([one.hasEdns(0), one.keepsCase(0)]).toEqual([true, true]);
    one.lacksEdns(0);
    one.lacksCase(0);
    expect([one.hasEdns(1), one.keepsCase(1)]).toEqual([false, false]);
    expect([one.hasEdns(3_600_000), one.keepsCase(3_600_000)]).toEqual([true, true]);
  });
});

it('a list keeps what is known of the servers that stay', () => {
  const list = new ServerList();
  expect(list.inOrder(0, true)).toEqual([]);
  const addresses = ['192.0.2.1', '192.0.2.2', '192.0.2.3'].map(parseServer);
  list.set(addresses);
  const [first] = list.inOrder(0, false);
  first?.unreachable(0);
  const order = (): string =>
    list
      .inOrder(1, false)
      .map(({ host }) => host.slice(-1))
      .join('');
  expect(order()).toBe('231');
  list.set(addresses.slice(0, 2));
  expect(order()).toBe('21');
});

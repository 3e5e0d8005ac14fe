import { expect, test } from 'vitest';
import type { Client } from '../../message/envelope.ts';
import { createZoneResolver, type Zone } from '../../net/zone-resolver.ts';
import { contextOf } from '../views/testing.ts';
import { createSenderDnsCheck } from './check.ts';
import { defaultSenderDnsSettings } from './settings.ts';

async function hits(
  zone: Zone,
  told: { sender?: string; from?: string; client?: Client; enabled?: boolean; timeLimit?: number } = {},
): Promise<string[]> {
  const { enabled = true, timeLimit = 1000, sender = 'a@out.test', from = 'a@out.test' } = told;
  const check = createSenderDnsCheck({ enabled, timeLimit });
  const context = contextOf(`From: <${from}>\n\nx\n`);
  const { client } = context.envelope;
  const found = await check.run({
    ...context,
    envelope: { client: told.client ?? client, sender, recipients: [] },
    resolver: createZoneResolver(zone),
  });
  for (const { symbol } of found) expect(Object.keys(check.symbols)).toContain(symbol);
  return found.map(({ symbol, detail }) => `${symbol} ${detail}`);
}

const HOST = { A: ['203.0.113.1'] };

test.each<[string, Zone, string[]]>([
  ['an MX with an address', { 'out.test': { MX: ['10 mx.out.test'] }, 'mx.out.test': HOST }, []],
  [
    'the second of them will do',
    { 'out.test': { MX: ['10 no.out.test', '20 mx.out.test'] }, 'mx.out.test': HOST },
    [],
  ],
  [
    'an IPv6 address',
    { 'out.test': { MX: ['10 mx.out.test'] }, 'mx.out.test': { AAAA: ['2001:db8::1'] } },
    [],
  ],
  ['no MX, but an address', { 'out.test': HOST }, []],
  ['nothing', {}, ['SENDER_NO_MX out.test']],
  ['a name with other records', { 'out.test': { TXT: ['x'] } }, ['SENDER_NO_MX out.test']],
  ['null MX', { 'out.test': { MX: ['0 .'] } }, ['SENDER_NULL_MX out.test']],
  ['an MX without an address', { 'out.test': { MX: ['10 mx.out.test'] } }, ['SENDER_BAD_MX out.test']],
  [
    'loopback',
    { 'out.test': { MX: ['10 mx.out.test'] }, 'mx.out.test': { A: ['127.0.0.1'] } },
    ['SENDER_BAD_MX out.test'],
  ],
  ['a private address', { 'out.test': { A: ['10.0.0.1'] } }, ['SENDER_BAD_MX out.test']],
  ['a number for a name', { 'out.test': { MX: ['10 203.0.113.1'] } }, ['SENDER_BAD_MX out.test']],
  ['no answer', { 'out.test': 'TIMEOUT' }, ['SENDER_MX_FAIL out.test']],
  [
    'no answer for the host',
    { 'out.test': { MX: ['1 mx.out.test'] }, 'mx.out.test': 'SERVFAIL' },
    ['SENDER_MX_FAIL out.test'],
  ],
])('%s', async (_, zone, expected) => {
  expect(await hits(zone)).toEqual(expected);
});

test('the author is asked for when he is of another domain', async () => {
  expect(await hits({ 'out.test': HOST }, { from: 'a@other.test' })).toEqual(['FROM_NO_MX other.test']);
  expect(await hits({ 'out.test': HOST }, { from: 'a@news.out.test' })).toEqual([]);
  expect(await hits({}, { sender: '', from: 'a@other.test' })).toEqual(['FROM_NO_MX other.test']);
});

test('what is no name is not asked for', async () => {
  for (const sender of ['', 'a', 'a@localhost', 'a@[192.0.2.1]', `a@${'x'.repeat(80)}.test`])
    expect(await hits({}, { sender, from: sender })).toEqual([]);
});

test('nobody of our own, and only when it is wanted', async () => {
  expect(await hits({}, { client: { address: '10.0.0.1' } })).toEqual([]);
  expect(await hits({}, { enabled: false })).toEqual([]);
  expect(createSenderDnsCheck(defaultSenderDnsSettings).symbols).toEqual({});
});

test('it is not waited for longer than the settings say', async () => {
  const check = createSenderDnsCheck({ enabled: true, timeLimit: 20 });
  const resolver = { resolve: () => new Promise<never>(() => undefined) };
  const found = await check.run({ ...contextOf('From: a@out.test\n\nx\n'), resolver });
  expect(found.map(({ symbol }) => symbol)).toContain('SENDER_MX_FAIL');
});

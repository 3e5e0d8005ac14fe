import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { Log } from '../../log.ts';
import { silentLog } from '../../log.ts';
import type { Client } from '../../message/envelope.ts';
import { parseMessage } from '../../message/parse.ts';
import { DnsError, type Resolver } from '../../net/resolver.ts';
import { createZoneResolver, type Zone } from '../../net/zone-resolver.ts';
import type { CheckContext } from '../types.ts';
import { createDnsListsCheck } from './check.ts';
import { defaultDnsListsSettings, type DnsListSettings, type DnsListsSettings } from './settings.ts';

interface Given {
  lists: Record<string, DnsListSettings>;
  zone?: Zone;
  resolver?: Resolver;
  settings?: Partial<DnsListsSettings>;
  client?: Client;
  message?: string;
  log?: Log;
  clock?: () => number;
}

const listed = (symbol: string, score = 2) => ({ symbol, score });
const list = (ask: DnsListSettings['ask'], more: Partial<DnsListSettings> = {}): DnsListSettings => ({
  zone: 'bl.test',
  ask,
  answers: { '127.0.0.2': listed('LISTED') },
  ...more,
});
const HIT = { A: ['127.0.0.2'] };

function context(given: Given, resolver: Resolver): CheckContext {
  const text = given.message ?? 'From: anna@example.org\n\nHello\n';
  return {
    message: parseMessage(Buffer.from(text.replaceAll('\n', '\r\n'))),
    envelope: {
      client: given.client ?? { address: '198.51.100.7', helo: 'mx.example.org', name: 'host.example.net' },
      sender: 'bounce@Lists.Example.com',
      recipients: [],
    },
    authentication: {
      spf: { result: 'none', domain: 'example.org', identity: 'mailfrom' },
      dkim: [
        { result: 'pass', domain: 'signed.example', selector: 's', aligned: true },
        { result: 'fail', domain: 'forged.example', selector: 's', aligned: true },
      ],
      dmarc: { result: 'none', domain: 'example.org', policy: undefined },
      arc: { result: 'none', instances: 0 },
      iprev: 'none',
      field: '',
    },
    resolver,
    now: 0,
  };
}

function prepare(given: Given) {
  const asked: string[] = [];
  const answers = given.resolver ?? createZoneResolver(given.zone ?? {});
  const resolver: Resolver = {
    resolve(name, type) {
      asked.push(name);
      return answers.resolve(name, type);
    },
  };
  const check = createDnsListsCheck(
    { ...defaultDnsListsSettings, lists: given.lists, ...given.settings },
    given.log ?? silentLog,
    given.clock,
  );
  const run = async () => check.run(context(given, resolver));
  return { asked, check, run };
}

async function judge(given: Given) {
  const { asked, run } = prepare(given);
  return { hits: await run(), asked };
}

describe('what is asked', () => {
  test('the address of the client, backwards', async () => {
    const { hits, asked } = await judge({
      lists: { bl: list(['client']) },
      zone: { '7.100.51.198.bl.test': HIT },
    });
    expect(asked).toEqual(['7.100.51.198.bl.test']);
    expect(hits).toEqual([{ symbol: 'LISTED', detail: '198.51.100.7 (bl)' }]);
  });

  test('IPv6 by nibbles, where the list has it', async () => {
    const client = { address: '2001:db8::1' };
    expect((await judge({ client, lists: { bl: list(['client']) } })).asked).toEqual([]);
    const { asked } = await judge({ client, lists: { bl: list(['client'], { ipv6: true }) } });
    expect(asked).toEqual([`1.${'0.'.repeat(23)}8.b.d.0.1.0.0.2.bl.test`]);
  });

  test('nobody of our own, and nobody who logged in', async () => {
    const lists = { bl: list(['client', 'helo', 'reverse_name']) };
    for (const client of [
      {},
      { address: '10.1.1.1', helo: 'pc.example.org' },
      { address: '198.51.100.7', user: 'anna', helo: 'pc.example.org' },
    ])
      expect((await judge({ client, lists })).asked).toEqual([]);
  });

  test('names: the registered domain, or as it is', async () => {
    const ask: DnsListSettings['ask'] = ['helo', 'reverse_name', 'sender', 'from', 'reply_to', 'dkim'];
    const message = 'From: A <a@mail.example.co.uk>\nReply-To: b@example.de\n\nx\n';
    const { asked } = await judge({ message, lists: { bl: list(ask) } });
    expect(asked).toEqual(
      ['example.org', 'example.net', 'example.com', 'example.co.uk', 'example.de', 'signed.example'].map(
        (name) => `${name}.bl.test`,
      ),
    );
    const whole = await judge({ message, lists: { bl: list(['from'], { whole: true }) } });
    expect(whole.asked).toEqual(['mail.example.co.uk.bl.test']);
  });

  test('names of links once each, addresses of links backwards; exempt ones and private ones never', async () => {
    const message =
      'From: a@example.org\n\nhttp://a.shop.example/ https://b.shop.example/x http://198.51.100.9/ http://10.0.0.1/ ' +
      'https://www.w3.org/ http://intranet/\n';
    const links = await judge({ message, lists: { bl: list(['links']) } });
    expect(links.asked).toEqual(['shop.example.bl.test']);
    const addresses = await judge({ message, lists: { bl: list(['link_addresses']) } });
    expect(addresses.asked).toEqual(['9.100.51.198.bl.test']);
  });

  test('not more names of links than the settings say', async () => {
    const urls = Array.from({ length: 200 }, (_, index) => `http://shop${index}.example/`).join('\n');
    const message = `From: a@example.org\n\n${urls}\n`;
    const { asked } = await judge({ message, lists: { bl: list(['links']) }, settings: { links: 7 } });
    expect(asked).toHaveLength(7);
  });

  test('addresses that names of links lead to, unless they are private or nobody answers', async () => {
    const message =
      'From: a@example.org\n\nhttp://a.example/ http://b.example/ http://c.example/ http://www.w3.org/\n';
    const zone: Zone = {
      'a.example': { A: ['203.0.113.9', '203.0.113.9'] },
      'b.example': { A: ['10.0.0.1'] },
      'c.example': 'TIMEOUT',
      '9.113.0.203.bl.test': HIT,
    };
    const lists = { bl: list(['link_servers']) };
    const { hits, asked } = await judge({ message, zone, lists });
    expect(asked).toEqual(['a.example', 'b.example', 'c.example', '9.113.0.203.bl.test']);
    expect(hits).toEqual([{ symbol: 'LISTED', detail: '203.0.113.9 (bl)' }]);
    expect((await judge({ message, zone, lists, settings: { linkServers: 1 } })).asked).toHaveLength(2);
  });

  test('mail addresses by their hash', async () => {
    const message = 'From: A <A@Example.org>\nReply-To: drop@box.example\n\nwrite to Ben@box.example now\n';
    const sha1 = (address: string) => createHash('sha1').update(address).digest('hex');
    const addresses = ['drop@box.example', 'a@example.org', 'bounce@lists.example.com', 'ben@box.example'];
    const lists = { ebl: list(['emails']) };
    const zone: Zone = { [`${sha1('ben@box.example')}.bl.test`]: HIT };
    const { hits, asked } = await judge({ message, lists, zone });
    expect(asked).toEqual(addresses.map((address) => `${sha1(address)}.bl.test`));
    expect(hits).toEqual([{ symbol: 'LISTED', detail: 'ben@box.example (ebl)' }]);
    expect((await judge({ message, lists, settings: { emails: 1 } })).asked).toHaveLength(1);
    const md5 = createHash('md5').update('drop@box.example').digest('hex');
    expect((await judge({ message, lists: { bl: list(['emails'], { hash: 'md5' }) } })).asked[0]).toBe(
      `${md5}.bl.test`,
    );
  });

  test('hosts of Received fields behind our relays', async () => {
    const message =
      'Received: from mx.example.org (mx.example.org [198.51.100.7]) by us.test with ESMTP id 1\n' +
      'Received: from relay (relay.example.org [192.0.2.40]) by mx.example.org with ESMTP id 2\n' +
      'Received: from pc (pc.example.org [192.0.2.41]) by relay.example.org with ESMTP id 3\n' +
      'From: a@example.org\n\nx\n';
    const given: Given = { message, lists: { bl: list(['received']) } };
    expect((await judge(given)).asked).toEqual(['40.2.0.192.bl.test', '41.2.0.192.bl.test']);
    expect((await judge({ ...given, settings: { hops: 1 } })).asked).toEqual(['40.2.0.192.bl.test']);
    const behind = await judge({ ...given, settings: { trustedNetworks: ['192.0.2.40', '198.51.100.7'] } });
    expect(behind.asked).toEqual(['41.2.0.192.bl.test']);
  });

  test('a HELO that is no name is not asked for', async () => {
    for (const helo of [
      '',
      'localhost',
      '[198.51.100.7]',
      '198.51.100.7',
      'a..b',
      'x y.example',
      `${'a.'.repeat(130)}example`,
    ]) {
      const client = { address: '198.51.100.7', helo };
      const { asked, hits } = await judge({ client, lists: { bl: list(['helo'], { whole: true }) } });
      expect([helo, asked, hits]).toEqual([helo, [], []]);
    }
  });

  test('nothing without lists, and nothing without a resolver', async () => {
    const { check } = prepare({ lists: {} });
    expect(check.symbols).toEqual({});
    expect(await check.run(context({ lists: {} }, createZoneResolver({})))).toEqual([]);
    const { resolver: _, ...offline } = context({ lists: {} }, createZoneResolver({}));
    expect(await prepare({ lists: { bl: list(['client']) } }).check.run(offline)).toEqual([]);
  });
});

describe('what comes of it', () => {
  test('a symbol is given once, with what it was found for', async () => {
    const message =
      'From: a@example.org\n\nhttp://a.example http://b.example http://c.example http://d.example\n';
    const zone: Zone = Object.fromEntries(
      ['a', 'b', 'c', 'd'].map((name) => [`${name}.example.bl.test`, HIT]),
    );
    const { hits } = await judge({ message, zone, lists: { bl: list(['links']) } });
    expect(hits).toEqual([{ symbol: 'LISTED', detail: 'a.example (bl), b.example (bl), c.example (bl)' }]);
  });

  test('the check has the symbols and scores of its lists', () => {
    const { check } = prepare({
      lists: { bl: list(['client'], { otherwise: { symbol: 'OTHER', score: -1, description: 'Else' } }) },
    });
    expect(check.symbols).toEqual({
      DNSBL_BLOCKED: expect.anything(),
      DNSBL_FAIL: expect.anything(),
      LISTED: { score: 2, description: 'Listed by bl' },
      OTHER: { score: -1, description: 'Else' },
    });
  });

  test('a refusal is a symbol, logged once, and the list is left alone for a while', async () => {
    const lines: object[] = [];
    const log: Log = { ...silentLog, warn: (fields) => lines.push(fields) };
    let now = 0;
    const zone: Zone = { '7.100.51.198.key.bl.test': { A: ['127.255.255.254'] } };
    const { asked, run } = prepare({
      lists: { bl: list(['client'], { zone: 'key.bl.test' }) },
      zone,
      log,
      clock: () => now,
      settings: { pause: 60 },
    });
    const blocked = [{ symbol: 'DNSBL_BLOCKED', detail: 'bl' }];
    expect(await run()).toEqual(blocked);
    expect(await run()).toEqual(blocked);
    expect(asked).toHaveLength(1);
    now = 60_001;
    expect(await run()).toEqual(blocked);
    expect(asked).toHaveLength(2);
    // The zone may hold a key: it is in no line.
    expect(lines).toEqual([{ list: 'bl', reason: 'blocked' }]);
  });

  test('a list that is down is left alone after some failures, and comes back', async () => {
    let now = 0;
    let down = true;
    const resolver: Resolver = {
      resolve: (name, type) => Promise.reject(new DnsError(down ? 'ESERVFAIL' : 'ENOTFOUND', name, type)),
    };
    const { asked, run } = prepare({ lists: { bl: list(['client']) }, resolver, clock: () => now });
    for (let message = 0; message < 8; message++)
      expect(await run()).toEqual([{ symbol: 'DNSBL_FAIL', detail: 'bl' }]);
    expect(asked).toHaveLength(5);
    down = false;
    now = 600_001;
    expect(await run()).toEqual([]);
    expect(await run()).toEqual([]);
    expect(asked).toHaveLength(7);
  });

  test('a budget that is used up is no fault of the list', async () => {
    const resolver: Resolver = {
      resolve: (name, type) => Promise.reject(new DnsError('EBUDGET', name, type)),
    };
    const { asked, run } = prepare({ lists: { bl: list(['client']) }, resolver });
    for (let message = 0; message < 8; message++)
      expect(await run()).toEqual([{ symbol: 'DNSBL_FAIL', detail: 'bl' }]);
    expect(asked).toHaveLength(8);
  });

  test('a silent list does not hold up the message, nor what others say', async () => {
    const resolver: Resolver = {
      resolve(name, type) {
        if (name.endsWith('slow.test')) return new Promise(() => undefined);
        return createZoneResolver({ '7.100.51.198.bl.test': HIT }).resolve(name, type);
      },
    };
    const { hits } = await judge({
      lists: { slow: list(['client'], { zone: 'slow.test' }), bl: list(['client']) },
      resolver,
      settings: { timeLimit: 30 },
    });
    expect(hits).toEqual([
      { symbol: 'LISTED', detail: '198.51.100.7 (bl)' },
      { symbol: 'DNSBL_FAIL', detail: 'slow' },
    ]);
  });
});

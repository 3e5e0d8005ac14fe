import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { type Log, silentLog } from '../../../log.ts';
import { withBudget } from '../../../net/budget.ts';
import { createZoneResolver, type Zone } from '../../../net/zone-resolver.ts';
import { defaultDnsListsSettings } from '../../dns-lists/settings.ts';
import type { CheckContext } from '../../types.ts';
import { contextOf } from '../../views/testing.ts';
import { createRulesCheck } from '../check.ts';
import { parseRules } from '../language/parse.ts';
import { prepareRules } from '../prepare.ts';
import { defaultRulesSettings } from '../settings.ts';
import { createRuleNetwork } from './network.ts';
import { isRefusal, subtestOf } from './subtest.ts';

interface Given {
  rules: string;
  zone?: Zone;
  message?: string;
  told?: Partial<CheckContext>;
  log?: Log;
  clock?: () => number;
  queries?: number;
  timeLimit?: number;
}

const HIT = { A: ['127.0.0.2'] };
const MESSAGE =
  'Received: from mx.sender.test (mx.sender.test [198.51.100.7]) by us.test with ESMTP id 1\n' +
  'Received: from relay (relay.sender.test [192.0.2.40]) by mx.sender.test with ESMTP id 2\n' +
  'Received: from pc (pc.sender.test [192.0.2.41]) by relay.sender.test with ESMTP id 3\n' +
  'From: Anna <anna@mail.sender.test>\nReply-To: box@drop.test\nSubject: x\n\n' +
  'See http://www.shop.com/ and http://192.0.2.99/ or write to ben@box.test, wallet 1BoatSLRHtKNngkdXEeobR76b53LETtpyT\n';

function rig(given: Given) {
  const set = prepareRules(parseRules([{ name: 'a.cf', text: given.rules }]));
  expect(set.faults.filter(({ level }) => level === 'error')).toEqual([]);
  const asked: string[] = [];
  const zone = createZoneResolver(given.zone ?? {});
  const counting = {
    resolve: (name: string, type: 'A') => {
      asked.push(`${type} ${name}`);
      return zone.resolve(name, type);
    },
  };
  const log = given.log ?? silentLog;
  const settings = { ...defaultDnsListsSettings, timeLimit: given.timeLimit ?? 5000 };
  const clock = given.clock === undefined ? {} : { clock: given.clock };
  const ruleNetwork = createRuleNetwork({ rules: set, settings, log, ...clock });
  const check = createRulesCheck(set, { settings: { ...defaultRulesSettings, network: true }, log });
  const run = async (message = given.message ?? MESSAGE): Promise<string[]> => {
    const base = contextOf(message);
    const resolver = withBudget(counting as Parameters<typeof withBudget>[0], {
      queries: given.queries ?? 100,
      milliseconds: 5000,
    });
    const hits = await check.run({
      ...base,
      envelope: {
        client: { address: '198.51.100.7', helo: 'mx.sender.test' },
        sender: 'bounce@lists.test',
        recipients: [],
      },
      ...given.told,
      resolver,
      ruleNetwork,
    });
    resolver.close();
    return hits.map(({ symbol }) => symbol);
  };
  return { asked, run };
}

const hits = (given: Given): Promise<string[]> => rig(given).run();

describe('answers a rule means', () => {
  test.each([
    [undefined, '127.0.0.9', true],
    [undefined, '127.255.255.254', false],
    ['^127\\.', '127.255.255.254', false],
    ['^127\\.255\\.255\\.254$', '127.255.255.254', true],
    ['127.0.0.1', '127.0.0.1', true],
    ['127.0.0.2', '127.0.0.22', false],
    ['8', '127.0.0.72', true],
    ['8', '127.0.0.64', false],
    ['8', '127.255.255.254', false],
    ['1', '127.0.0.1', true],
    ['2', '192.0.2.2', false],
    ['127.0.0.4-127.0.0.7', '127.0.0.5', true],
    ['127.0.0.4-127.0.0.7', '127.0.0.8', false],
    ['0x7f000004/0xffffffff', '127.0.0.4', true],
    ['8/0x0f', '127.0.0.24', true],
    ['8/0x0f', '127.0.0.25', false],
    ['/\\b(list|all)\\b/', 'yes all', true],
    ['/\\b(list|all)\\b/', 'none', false],
    ['(?{ code })', '127.0.0.2', false],
  ])('%s takes %s: %s', (text, answer, expected) => {
    expect(subtestOf(text)(answer)).toBe(expected);
  });

  test('refusals', () => {
    expect(['127.255.255.1', '127.0.0.1', '127.0.0.2'].map(isRefusal)).toEqual([true, true, false]);
  });
});

describe('lists of relays', () => {
  const rules = (set: string, test = '') =>
    `header A eval:check_rbl('${set}', 'bl.test.'${test})\ntflags A net\nscore A 1`;

  test.each([
    ['x', ['7.100.51.198', '40.2.0.192', '41.2.0.192']],
    ['x-lastexternal', ['7.100.51.198']],
    ['x-firsttrusted', ['7.100.51.198']],
    ['x-untrusted', ['40.2.0.192', '41.2.0.192']],
    ['x-notfirsthop', ['7.100.51.198', '40.2.0.192']],
  ])('%s asks for %j', async (set, names) => {
    const { asked, run } = rig({ rules: rules(set) });
    expect(await run()).toEqual([]);
    expect(asked).toEqual(names.map((name) => `A ${name}.bl.test`));
  });

  test('sets are asked once, and tested often', async () => {
    const { asked, run } = rig({
      rules:
        "header __L eval:check_rbl('x-lastexternal', 'bl.test.')\nheader B eval:check_rbl_sub('x-lastexternal', '127.0.0.2')\n" +
        "header C eval:check_rbl_sub('x-lastexternal', '127.0.0.3')\nheader D eval:check_rbl_sub('none', '127.0.0.2')\n" +
        'meta E __L\nscore B 1\nscore C 1\nscore D 1\nscore E 1',
      zone: { '7.100.51.198.bl.test': HIT },
    });
    expect(await run()).toEqual(['B', 'E']);
    expect(asked).toHaveLength(1);
  });

  test('texts, names and domains of senders', async () => {
    const zone: Zone = {
      '7.100.51.198.txt.test': { TXT: ['Blocked by SpamLock'] },
      'mail.sender.test.bl.test': HIT,
      'lists.test.bl.test': HIT,
      'drop.test.bl.test': HIT,
      'relay.sender.test.bl.test': HIT,
    };
    const functions: [string, boolean][] = [
      ["check_rbl_txt('t', 'txt.test.', '(?i:spamlock)')", true],
      ["check_rbl_txt('t', 'txt.test.', 'other')", false],
      ["check_rbl_from_host('h', 'bl.test.')", true],
      ["check_rbl_envfrom('h', 'bl.test.')", true],
      ["check_rbl_headers('h', 'bl.test.', '', 'Reply-To')", true],
      ["check_rbl_headers('h', 'bl.test.', '', 'Sender')", false],
      ["check_rbl_rcvd('h', 'bl.test.')", true],
    ];
    for (const [call, expected] of functions)
      expect([call, await hits({ rules: `header A eval:${call}\nscore A 1`, zone })]).toEqual([
        call,
        expected ? ['A'] : [],
      ]);
  });

  test('a domain that takes no answers, and one that does', async () => {
    const rule = 'header A eval:check_dns_sender()\nscore A 1';
    expect(await hits({ rules: rule })).toEqual(['A']);
    expect(await hits({ rules: rule, zone: { 'lists.test': { A: ['192.0.2.1'] } } })).toEqual([]);
    expect(await hits({ rules: rule, zone: { 'lists.test': 'TIMEOUT' } })).toEqual([]);
    const told = { envelope: { client: {}, sender: '', recipients: [] } };
    expect(await hits({ rules: rule, told, message: 'Subject: x\n\nx\n' })).toEqual([]);
  });
});

describe('lists of links', () => {
  const rule = (directive: string, flags = 'net') =>
    `${directive}\nbody A eval:check_uridnsbl('A')\ntflags A ${flags}\nscore A 1`;

  test('domains and numbers', async () => {
    const rules = rule('urirhssub A uri.test. A 8');
    expect(await hits({ rules, zone: { 'shop.com.uri.test': { A: ['127.0.0.12'] } } })).toEqual(['A']);
    expect(await hits({ rules, zone: { 'shop.com.uri.test': { A: ['127.0.0.4'] } } })).toEqual([]);
    expect(await hits({ rules, zone: { '99.2.0.192.uri.test': { A: ['127.0.0.8'] } } })).toEqual(['A']);
    const only = rig({ rules: rule('urirhssub A uri.test. A 8', 'net domains_only notrim') });
    await only.run();
    expect(only.asked).toContain('A www.shop.com.uri.test');
    expect(only.asked).not.toContain('A 99.2.0.192.uri.test');
  });

  test('addresses of hosts and of their name servers', async () => {
    const zone: Zone = {
      'www.shop.com': { A: ['203.0.113.5'] },
      'shop.com': { NS: ['ns1.host.com'] },
      'ns1.host.com': { A: ['203.0.113.53'] },
      '5.113.0.203.ip.test': HIT,
      'host.com.rhs.test': HIT,
      'ns1.host.com.full.test': HIT,
      '53.113.0.203.ns.test': HIT,
    };
    expect(await hits({ rules: rule('uridnssub A ip.test. A 127.0.0.2', 'net a'), zone })).toEqual(['A']);
    expect(await hits({ rules: rule('uridnssub A ip.test. A 127.0.0.2'), zone })).toEqual([]);
    expect(await hits({ rules: rule('uridnsbl A ns.test. A'), zone })).toEqual(['A']);
    expect(await hits({ rules: rule('urinsrhsbl A rhs.test. A'), zone })).toEqual(['A']);
    expect(await hits({ rules: rule('urifullnsrhsbl A full.test. A'), zone })).toEqual(['A']);
  });

  test('domains that are skipped, and not more than the settings say', async () => {
    const zone = { 'shop.com.uri.test': HIT };
    expect(
      await hits({ rules: rule('urirhsbl A uri.test. A\nuridnsbl_skip_domain shop.com'), zone }),
    ).toEqual([]);
    const many = Array.from({ length: 60 }, (_, index) => `http://shop${index}.com/`).join('\n');
    const { asked, run } = rig({ rules: rule('urirhsbl A uri.test. A'), message: `Subject: x\n\n${many}\n` });
    await run();
    expect(asked).toHaveLength(20);
  });
});

describe('hashes', () => {
  const sha1 = (text: string): string => createHash('sha1').update(text).digest('hex');
  test.each([
    ["check_hashbl_emails('ebl.test')", `${sha1('anna@mail.sender.test')}.ebl.test`, true],
    ["check_hashbl_emails('ebl.test')", `${sha1('ben@box.test')}.ebl.test`, true],
    ["check_hashbl_emails('ebl.test/A', 'raw', 'Reply-To', '^127\\.')", 'box@drop.test.ebl.test', true],
    [
      "check_hashbl_emails('ebl.test', 'sha1', 'Reply-To', '127.0.0.3')",
      `${sha1('box@drop.test')}.ebl.test`,
      false,
    ],
    [
      "check_hashbl_emails('ebl.test', 'sha1', 'ALLFROM', '', 'freemail')",
      `${sha1('anna@mail.sender.test')}.ebl.test`,
      false,
    ],
    [
      "check_hashbl_bodyre('btc.test', 'sha1/case', '\\b([13][a-km-zA-HJ-NP-Z1-9]{25,34})\\b')",
      `${sha1('1BoatSLRHtKNngkdXEeobR76b53LETtpyT')}.btc.test`,
      true,
    ],
    ["check_hashbl_uris('uri.test', 'sha1')", `${sha1('http://www.shop.com/')}.uri.test`, true],
    ["check_hashbl_tag('tag.test', 'sha1', 'AUTHORDOMAIN')", `${sha1('mail.sender.test')}.tag.test`, true],
  ])('%s', async (call, name, expected) => {
    const rules = `header A eval:${call}\nscore A 1`;
    expect(await hits({ rules, zone: { [name]: HIT } })).toEqual(expected ? ['A'] : []);
  });
});

describe('askdns', () => {
  const dkim = { result: 'pass' as const, domain: 'Signed.test', selector: 's', aligned: true };
  const told = { authentication: { ...contextOf('\n').authentication, dkim: [dkim] } };
  test.each([
    [
      '_DKIMDOMAIN_._vouch.dwl.test TXT /\\b(list|all)\\b/',
      { 'signed.test._vouch.dwl.test': { TXT: ['all'] } },
      true,
    ],
    [
      '_DKIMDOMAIN_._vouch.dwl.test TXT /\\b(list|all)\\b/',
      { 'signed.test._vouch.dwl.test': { TXT: ['no'] } },
      false,
    ],
    ['_AUTHORDOMAIN_.dom.test A 127.0.0.2', { 'mail.sender.test.dom.test': HIT }, true],
    ['_SENDERDOMAIN_.dom.test', { 'lists.test.dom.test': HIT }, true],
    ['_LASTEXTERNALREVIP_.ip.test A /^127/', { '7.100.51.198.ip.test': HIT }, true],
    ['_HEADER(Reply-To:addr:domain)_ MX /mail/', { 'drop.test': { MX: ['10 mail.drop.test'] } }, true],
    ['_AUTHORDOMAIN_ A [NXDOMAIN]', {}, true],
    ['_AUTHORDOMAIN_ A [NXDOMAIN]', { 'mail.sender.test': { A: ['192.0.2.1'] } }, false],
    ['_NOSUCHTAG_.dom.test A', { 'dom.test': HIT }, false],
    ['_DKIMDOMAIN_.x.test SRV', {}, false],
  ] as [string, Zone, boolean][])('%s', async (text, zone, expected) => {
    expect(await hits({ rules: `askdns A ${text}\nscore A 1`, zone, told })).toEqual(expected ? ['A'] : []);
  });
});

describe('lists that do not want us, or are not there', () => {
  const rules =
    "header L eval:check_rbl('x-lastexternal', 'key.bl.test.')\nheader R eval:check_rbl_sub('x-lastexternal', '^127\\.255\\.255\\.254$')\n" +
    'score L 1\nscore R 1';

  test('a refusal is no listing; rules made for it go on hitting while the list is left alone', async () => {
    const lines: object[] = [];
    let now = 0;
    const { asked, run } = rig({
      rules,
      zone: { '7.100.51.198.key.bl.test': { A: ['127.255.255.254'] } },
      log: { ...silentLog, warn: (fields) => void lines.push(fields) },
      clock: () => now,
    });
    expect(await run()).toEqual(['R']);
    expect(await run()).toEqual(['R']);
    expect(asked).toHaveLength(1);
    now = defaultDnsListsSettings.pause * 1000 + 1;
    await run();
    expect(asked).toHaveLength(2);
    // The zone may hold a key: it is in no line.
    expect(lines).toEqual([{ list: 'x-lastexternal', reason: 'blocked' }]);
  });

  test('a lapsed domain lists nobody', async () => {
    expect(await hits({ rules, zone: { '7.100.51.198.key.bl.test': { A: ['192.0.2.80'] } } })).toEqual([]);
  });

  test('a budget that is used up, silence, and no resolver', async () => {
    const zone: Zone = { '7.100.51.198.key.bl.test': HIT };
    expect(await hits({ rules, zone })).toEqual(['L']);
    expect(await hits({ rules, zone, queries: 0 })).toEqual([]);
    expect(await hits({ rules, zone, timeLimit: 0 })).toEqual([]);
    expect(await hits({ rules, zone: { '7.100.51.198.key.bl.test': 'TIMEOUT' } })).toEqual([]);
  });
});

import { expect, test } from 'vitest';
import type { Envelope } from '../../../message/envelope.ts';
import { settingValues } from '../engine/setting-values.ts';
import { contextOf } from '../../views/testing.ts';
import { readRelays } from './relays.ts';

const received = (name: string, ip: string, by = 'in.example.net'): string =>
  `Received: from ${name} (${name} [${ip}])\n\tby ${by} (Postfix) with ESMTP id ABC; Tue, 3 Nov 2026 10:00:00 +0100\n`;

function relays(
  header: string,
  settings: Readonly<Record<string, string>> = {},
  client?: Envelope['client'],
) {
  const context = contextOf(`${header}Subject: x\n\nx\n`);
  const values = new Map(
    Object.entries(settings).map(([name, value]) => [name, [{ value, file: 'local.cf', line: 1 }]]),
  );
  const envelope: Envelope = {
    client: client ?? {},
    sender: client === undefined ? '' : 's@example.org',
    recipients: [],
  };
  return readRelays({ ...context, envelope }, settingValues(values));
}

const addresses = (list: readonly { ip: string }[]): string[] => list.map(({ ip }) => ip);

test('without settings, what comes from private addresses is trusted, up to the first that does not', () => {
  const view = relays(received('a', '10.0.0.1') + received('b', '203.0.113.1') + received('c', '10.0.0.2'));
  expect(addresses(view.trustedRelays)).toEqual(['10.0.0.1']);
  expect(addresses(view.untrustedRelays)).toEqual(['203.0.113.1', '10.0.0.2']);
  expect(view.trusted).toBe(
    '[ ip=10.0.0.1 rdns=a helo=a by=in.example.net ident= envfrom= intl=1 id=ABC auth= msa=0 ]',
  );
  expect(view.external).toMatch(/^\[ ip=203\.0\.113\.1 .* intl=0 .*\] \[ ip=10\.0\.0\.2 /);
  expect(view).toMatchObject({ trustedFields: 1, internalFields: 1, unparseable: 0 });
});

test.each([
  [{ trusted_networks: '203.0.113.0/24' }, ['203.0.113.1', '203.0.113.9'], ['203.0.113.1', '203.0.113.9']],
  [
    { trusted_networks: '203.0.113.0/24', internal_networks: '203.0.113.1' },
    ['203.0.113.1', '203.0.113.9'],
    ['203.0.113.1'],
  ],
  [{ trusted_networks: '!203.0.113.9 203.0.113.' }, ['203.0.113.1'], ['203.0.113.1']],
  [{ internal_networks: '203.0.113.1' }, ['203.0.113.1'], ['203.0.113.1']],
  [{ trusted_networks: '192.0.2.0/24' }, [], []],
])('%j', (settings, trusted, internal) => {
  const view = relays(
    received('a', '203.0.113.1') + received('b', '203.0.113.9') + received('c', '198.51.100.1'),
    settings,
  );
  expect(addresses(view.trustedRelays)).toEqual(trusted);
  expect([...view.internal.matchAll(/ip=(\S+)/g)].map(([, ip]) => ip)).toEqual(internal);
});

test('behind a submission server all is trusted', () => {
  const view = relays(received('a', '203.0.113.1') + received('b', '198.51.100.1'), {
    trusted_networks: '203.0.113.1',
    msa_networks: '203.0.113.1',
  });
  expect(addresses(view.untrustedRelays)).toEqual([]);
  expect(view.trusted).toContain('msa=1');
});

test('the client of the session is the newest relay, and what it wrote is not believed', () => {
  const view = relays(
    received('a', '10.0.0.1'),
    {},
    { address: '203.0.113.7', helo: 'h', name: 'n.example' },
  );
  expect(addresses(view.untrustedRelays)).toEqual(['203.0.113.7', '10.0.0.1']);
  expect(view.untrusted).toMatch(
    /^\[ ip=203\.0\.113\.7 rdns=n\.example helo=h by= ident= envfrom=s@example\.org /,
  );
  expect(view.trustedFields).toBe(-1);
});

test('the client counts once when the newest field is about it', () => {
  const view = relays(received('a', '203.0.113.7'), {}, { address: '203.0.113.7' });
  expect(addresses(view.untrustedRelays)).toEqual(['203.0.113.7']);
  expect(view.trustedFields).toBe(0);
});

test('who logged in is trusted', () => {
  const view = relays('', {}, { address: '203.0.113.7', user: 'ann' });
  expect(addresses(view.trustedRelays)).toEqual(['203.0.113.7']);
  expect(view.trusted).toContain('auth=ESMTPA');
});

test('mail fetched out of a mailbox begins there', () => {
  const fetched =
    'Received: from pop.example.org [127.0.0.1]\n\tby localhost with POP3 (fetchmail-6.4); Tue, 3 Nov 2026 10:00:00 +0100\n';
  const view = relays(received('a', '127.0.0.1') + fetched + received('b', '203.0.113.1'));
  expect(addresses(view.trustedRelays)).toEqual([]);
  expect(addresses(view.untrustedRelays)).toEqual(['203.0.113.1']);
});

test.each([
  ['Return-Path: <a@example.org>\n', 'a@example.org'],
  ['Return-Path: <>\n', ''],
  ['X-Envelope-From: a@example.org\n', 'a@example.org'],
  [`${received('a', '203.0.113.1')}Return-Path: <a@example.org>\n`, undefined],
  ['Return-Path: nobody\n', undefined],
])('the sender that %j tells', (header, expected) => {
  expect(relays(header).envelopeSender).toBe(expected);
});

test('X-Originating-IP counts as the oldest relay where the settings say so', () => {
  const header = `${received('a', '203.0.113.1')}X-Originating-IP: [198.51.100.9]\n`;
  expect(addresses(relays(header).untrustedRelays)).toEqual(['203.0.113.1']);
  expect(addresses(relays(header, { originating_ip_headers: 'X-Originating-IP' }).untrustedRelays)).toEqual([
    '203.0.113.1',
    '198.51.100.9',
  ]);
});

test('a message with thousands of Received fields is read in its newest', () => {
  const view = relays(received('a', '203.0.113.1').repeat(3000));
  expect(view.untrustedRelays.length).toBe(200);
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Client, Envelope } from '../message/envelope.ts';
import { normaliseAddress } from './address.ts';
import { createPolicy } from './policy.ts';
import { isPositive, replyLine } from './reply.ts';
import { replies, replyText } from './replies.ts';
import { defaultPolicySettings } from './settings.ts';
import type { PolicySettings } from './settings.ts';
import type { Peer, Protocol } from './types.ts';

const ACCOUNTS = new Set(['ben@example.org', 'postmaster']);
const accounts = {
  resolve: async (address: string) => {
    const name = normaliseAddress(address) ?? address.toLowerCase();
    return ACCOUNTS.has(name) ? name : undefined;
  },
};

function policy(more: Partial<PolicySettings> = {}, reversePath?: (address: string) => string | undefined) {
  return createPolicy({
    settings: {
      ...defaultPolicySettings,
      domains: ['example.org', 'bücher.example'],
      relay: {
        networks: ['192.0.2.0/24', '2001:db8::/32'],
        domains: ['backup.example'],
        authenticated: true,
      },
      ...more,
    },
    accounts,
    ...(reversePath === undefined ? {} : { reversePath }),
  });
}

const peer = (client: Client = { address: '198.51.100.7' }, protocol: Protocol = 'smtp'): Peer => ({
  protocol,
  client,
});
const envelope = (recipients = 0, more: Partial<Envelope> = {}): Envelope => ({
  client: {},
  sender: '',
  recipients: Array.from({ length: recipients }, () => ({ address: 'ben@example.org' })),
  ...more,
});
const code = async (answer: ReturnType<ReturnType<typeof policy>['helo']>): Promise<string> => {
  const refusal = await answer;
  return refusal === undefined ? 'ok' : `${refusal.code} ${refusal.enhanced}`;
};

describe('recipients', () => {
  test('a bounce to a rewritten sender passes, nothing else does', async () => {
    const reversePath = (address: string): string | undefined =>
      address.startsWith('SRS0=good=') ? 'carl@elsewhere.example' : undefined;
    const ask = (address: string, sender = '', protocol: Protocol = 'smtp') =>
      code(policy({}, reversePath).rcpt(peer(undefined, protocol), envelope(0, { sender }), { address }));
    expect(await ask('SRS0=good=x@example.org')).toBe('ok');
    expect(await ask('SRS0=good=x@example.org', '', 'lmtp')).toBe('ok');
    expect(await ask('SRS0=good=x@example.org', 'eve@elsewhere.example')).toBe('550 5.1.1');
    expect(await ask('SRS0=bad=x@example.org')).toBe('550 5.1.1');
    expect(await ask('SRS0=good=x@elsewhere.example')).toBe('554 5.7.1');
  });

  test.each([
    ['ben@example.org', 'ok'],
    ['BEN@EXAMPLE.ORG', 'ok'],
    ['"ben"@example.org', 'ok'],
    ['postmaster', 'ok'],
    ['Postmaster', 'ok'],
    ['eve@example.org', '550 5.1.1'],
    ['eve@xn--bcher-kva.example', '550 5.1.1'],
    ['ben', '553 5.1.3'],
    ['', '553 5.1.3'],
    ['ben@', '553 5.1.3'],
    ['ben@example.org\r\nDATA', '553 5.1.3'],
    ['änne@example.org', '553 5.6.7'],
    ['ben@elsewhere.example', '554 5.7.1'],
    ['ben@[192.0.2.9]', '554 5.7.1'],
    ['ben@sub.example.org', '554 5.7.1'],
    ['ben@192.0.2.9', '554 5.7.1'],
    // We are its backup MX: who is there, only the server behind us knows.
    ['anybody@backup.example', 'ok'],
    ['anybody@BACKUP.example', 'ok'],
    // The ways relays have been talked into opening.
    ['@example.org:ben@elsewhere.example', '554 5.7.1'],
    ['@elsewhere.example:ben@example.org', '554 5.7.1'],
    ['ben%elsewhere.example@backup.example', '554 5.7.1'],
    ['elsewhere.example!ben@backup.example', '554 5.7.1'],
    ['"ben@elsewhere.example"@backup.example', '554 5.7.1'],
    ['ben%elsewhere.example@example.org', '550 5.1.1'],
    ['ben@elsewhere.example@example.org', '553 5.1.3'],
    ['"ben@elsewhere.example', '553 5.1.3'],
  ])('a stranger → %s: %s', async (address, answer) => {
    expect(await code(policy().rcpt(peer(), envelope(), { address }))).toBe(answer);
  });

  test.each([
    ['a network that may', { address: '192.0.2.77' }, {}, 'ok'],
    ['the same, mapped into IPv6', { address: '::ffff:192.0.2.77' }, {}, 'ok'],
    ['an IPv6 network that may', { address: '2001:db8::1' }, {}, 'ok'],
    ['who logged in', { address: '198.51.100.7', user: 'ben@example.org' }, {}, 'ok'],
    ['who logged in with an empty name', { address: '198.51.100.7', user: '' }, {}, '554 5.7.1'],
    [
      'who logged in where that does not count',
      { user: 'ben@example.org' },
      { relay: { networks: [], domains: [], authenticated: false } },
      '554 5.7.1',
    ],
    ['nobody known', {}, {}, '554 5.7.1'],
    ['loopback, by default', { address: '127.0.0.1' }, { relay: defaultPolicySettings.relay }, '554 5.7.1'],
    [
      'who says HELO as one of ours',
      { address: '198.51.100.7', helo: 'example.org', name: 'example.org' },
      {},
      '554 5.7.1',
    ],
  ])('%s → elsewhere', async (_who, client, settings, answer) => {
    const recipient = { address: 'eve@elsewhere.example' };
    expect(await code(policy(settings).rcpt(peer(client), envelope(), recipient))).toBe(answer);
  });

  test('who may relay may not write to people who are not here', async () => {
    const answer = policy().rcpt(peer({ address: '192.0.2.1' }), envelope(), { address: 'eve@example.org' });
    expect(await code(answer)).toBe('550 5.1.1');
  });

  test('LMTP never relays; a milter leaves it to the MTA; so does a proxy before one, when told', async () => {
    const away = { address: 'eve@elsewhere.example' };
    const inside = { address: '192.0.2.1', user: 'ben' };
    expect(await code(policy().rcpt(peer(inside, 'lmtp'), envelope(), away))).toBe('554 5.7.1');
    expect(await code(policy().rcpt(peer({}, 'lmtp'), envelope(), { address: 'ben@example.org' }))).toBe(
      'ok',
    );
    for (const address of ['eve@elsewhere.example', 'eve@example.org', 'root', 'änne@example.org']) {
      expect(await code(policy().rcpt(peer({}, 'milter'), envelope(), { address }))).toBe('ok');
      const trusting = policy({ checkAddresses: { milter: false, smtp: false, lmtp: true } });
      expect(await code(trusting.rcpt(peer(), envelope(), { address }))).toBe('ok');
    }
    expect(await code(policy().mail(peer({}, 'milter'), { sender: 'root' }))).toBe('ok');
    expect(await code(policy().helo(peer({}, 'milter'), ''))).toBe('ok');
    expect(await code(policy().data(peer({}, 'milter'), envelope()))).toBe('ok');
    const strict = policy({ checkAddresses: { milter: true, smtp: true, lmtp: true } });
    expect(await code(strict.rcpt(peer({}, 'milter'), envelope(), away))).toBe('554 5.7.1');
  });

  test('are limited in number', async () => {
    const few = policy({ recipients: 3 });
    const ben = { address: 'ben@example.org' };
    expect(await code(few.rcpt(peer(), envelope(2), ben))).toBe('ok');
    expect(await code(few.rcpt(peer(), envelope(3), ben))).toBe('452 4.5.3');
    expect(await code(few.rcpt(peer({}, 'milter'), envelope(3), ben))).toBe('452 4.5.3');
  });

  test('may have UTF-8 when it was asked for', async () => {
    const answer = policy().rcpt(peer(), envelope(0, { smtputf8: true }), { address: 'änne@bücher.example' });
    expect(await code(answer)).toBe('550 5.1.1');
  });

  test('a stranger never reaches another domain, whatever the address', async () => {
    const sign = fc.constantFrom(
      'a',
      '.',
      '@',
      '"',
      '\\',
      '%',
      '!',
      ':',
      ',',
      ' ',
      '@example.org',
      '@evil.example',
      'é',
    );
    const open = createPolicy({
      settings: { ...defaultPolicySettings, domains: ['example.org'] },
      accounts: { resolve: async (address) => address },
    });
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: sign, maxLength: 12 }), fc.boolean(), async (address, smtputf8) => {
        const answer = await open.rcpt(peer(), envelope(0, { smtputf8 }), { address });
        if (answer === undefined) expect(address.toLowerCase().endsWith('@example.org')).toBe(true);
      }),
      { numRuns: 500 },
    );
  });
});

test.each([
  ['anne@example.net', {}, 'ok'],
  ['', {}, 'ok'],
  ['@a.example,@b.example:anne@example.net', {}, 'ok'],
  ['anne', {}, '553 5.1.7'],
  ['anne@', {}, '553 5.1.7'],
  ['@a.example:', {}, '553 5.1.7'],
  ['anne@example.net\nX: y', {}, '553 5.1.7'],
  ['änne@example.net', {}, '553 5.6.7'],
  ['änne@example.net', { smtputf8: true }, 'ok'],
  ['anne@example.net', { size: 50 * 1024 * 1024 }, 'ok'],
  ['anne@example.net', { size: 50 * 1024 * 1024 + 1 }, '552 5.3.4'],
])('MAIL FROM:<%s> %j: %s', async (sender, more, answer) => {
  expect(await code(policy().mail(peer(), { sender, ...more }))).toBe(answer);
});

test.each([
  ['mx.example.net', 'ok', 'ok'],
  ['[192.0.2.1]', 'ok', 'ok'],
  ['[IPv6:2001:db8::1]', 'ok', 'ok'],
  ['localhost', 'ok', '550 5.7.1'],
  ['my_printer', 'ok', '550 5.7.1'],
  ['[192.0.2.999]', 'ok', '550 5.7.1'],
  ['mx..example.net', 'ok', '550 5.7.1'],
  ['', '501 5.5.2', '501 5.5.2'],
  ['two words', '501 5.5.2', '501 5.5.2'],
  ['mx\r\n.example', '501 5.5.2', '501 5.5.2'],
  ['x'.repeat(301), '501 5.5.2', '501 5.5.2'],
])('HELO %j: %s, strict: %s', async (name, usual, strict) => {
  expect(await code(policy().helo(peer(), name))).toBe(usual);
  expect(await code(policy({ strictHelo: true }).helo(peer(), name))).toBe(strict);
});

test('blocked networks, empty DATA, real size', async () => {
  const strict = policy({ blockedNetworks: ['203.0.113.0/24'], messageBytes: 10 });
  expect(await code(strict.connection(peer({ address: '203.0.113.5' })))).toBe('554 5.7.1');
  expect(await code(strict.connection(peer({ address: '203.0.114.5' })))).toBe('ok');
  expect(await code(strict.connection(peer({})))).toBe('ok');
  expect(await code(strict.data(peer(), envelope()))).toBe('554 5.5.1');
  expect(await code(strict.data(peer(), envelope(1)))).toBe('ok');
  expect(strict.message(peer(), 10)).toBeUndefined();
  expect(strict.message(peer(), 11)).toBe(replies.sizeExceeded);
  expect(() => policy({ blockedNetworks: ['203.0.113.0/33'] })).toThrow(TypeError);
});

describe('replies', () => {
  test.each(Object.entries(replies))('%s: code and enhanced code agree', (_name, answer) => {
    expect([2, 4, 5]).toContain(Math.floor(answer.code / 100));
    // RFC 3463 §2: class "." subject "." detail.
    expect(answer.enhanced).toMatch(/^[245]\.\d{1,3}\.\d{1,3}$/);
    expect(answer.enhanced.slice(0, 1)).toBe(String(answer.code).slice(0, 1));
    expect(answer.text).toBe(replyText(String(answer.text)));
    expect(replyLine(answer).length).toBeLessThan(510);
    expect(isPositive(answer)).toBe(answer.code < 400);
  });

  test('text from elsewhere cannot break out of its line', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 700 }), (text) => {
        expect(replyText(text)).toMatch(/^[\x20-\x7e]{0,450}$/);
      }),
      { numRuns: 300 },
    );
    expect(replyText(' a\r\n250 Ok ü ')).toBe('a 250 Ok ?');
  });
});

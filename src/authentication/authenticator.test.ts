import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { dkimSign, sealMessage } from 'mailauth';
import type { DKIMSignOptions } from 'mailauth';
import { describe, expect, it } from 'vitest';
import type { Log } from '../log.ts';
import { silentLog } from '../log.ts';
import type { Envelope } from '../message/envelope.ts';
import { parseMessage } from '../message/parse.ts';
import type { Message } from '../message/types.ts';
import type { Resolver } from '../net/resolver.ts';
import type { Zone } from '../net/zone-resolver.ts';
import { createZoneResolver } from '../net/zone-resolver.ts';
import { createAuthenticator } from './authenticator.ts';
import { defaultAuthenticationSettings } from './settings.ts';
import type { AuthenticationSettings } from './settings.ts';

const settings: AuthenticationSettings = { ...defaultAuthenticationSettings, authservId: 'mx.example.net' };
const budget = { queries: 100, time: 20_000 };
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ed25519 = generateKeyPairSync('ed25519');
const privateKey = rsa.privateKey.export({ type: 'pkcs8', format: 'pem' });
const edPrivateKey = ed25519.privateKey.export({ type: 'pkcs8', format: 'pem' });

const zone: Zone = {
  'example.com': { TXT: ['v=spf1 ip4:192.0.2.1 -all exp=why.example.com'], MX: ['10 mail.example.com'] },
  'why.example.com': { TXT: ['%{i} may not'] },
  'mail.example.com': { A: ['192.0.2.1'], TXT: ['v=spf1 a -all'] },
  '192.0.2.1': { PTR: ['mail.example.com'] },
  '192.0.2.2': { PTR: ['mail.example.com'] },
  '192.0.2.4': 'SERVFAIL',
  's._domainkey.example.com': {
    TXT: [`v=DKIM1; p=${rsa.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')}`],
  },
  'ed._domainkey.example.com': {
    TXT: [
      `v=DKIM1; k=ed25519; p=${ed25519.publicKey.export({ type: 'spki', format: 'der' }).subarray(-32).toString('base64')}`,
    ],
  },
  '_dmarc.example.com': { TXT: ['v=DMARC1; p=reject; sp=quarantine'] },
};
const resolver = createZoneResolver(zone);
const authenticator = createAuthenticator({ resolver, budget, settings });

const plain = [
  'From: Ann <ann@example.com>',
  'To: bob@example.net',
  'Subject: hello',
  'Date: Mon, 1 Jan 2024 00:00:00 +0000',
  'Message-ID: <1@example.com>',
  '',
  'Hello  Bob, ',
  '',
  'bye',
  '',
  '',
  '',
].join('\r\n');

function envelope(client: Envelope['client'], sender = 'ann@example.com'): Envelope {
  return { client: { helo: 'mail.example.com', ...client }, sender, recipients: [] };
}

const parsed = (raw: string | Uint8Array): Message => parseMessage(Buffer.from(raw as string, 'latin1'));

async function signed(raw: string, canonicalization: string, more: { ed?: boolean; length?: number } = {}) {
  const { signatures, errors } = await dkimSign(raw, {
    canonicalization,
    signatureData: [
      {
        signingDomain: 'example.com',
        selector: more.ed === true ? 'ed' : 's',
        privateKey: more.ed === true ? edPrivateKey : privateKey,
        canonicalization,
        ...(more.length === undefined ? {} : { maxBodyLength: more.length }),
      },
    ],
  } as DKIMSignOptions);
  expect(errors).toEqual([]);
  return signatures + raw;
}

describe('createAuthenticator', () => {
  it('passes what is right in everything', async () => {
    const message = parsed(await signed(plain, 'relaxed/relaxed'));
    const results = await authenticator.verify(message, envelope({ address: '192.0.2.1' }));
    expect(results).toMatchObject({
      spf: { result: 'pass', domain: 'example.com', identity: 'mailfrom' },
      spfHelo: { result: 'pass', domain: 'mail.example.com', identity: 'helo' },
      dkim: [
        { result: 'pass', domain: 'example.com', selector: 's', algorithm: 'rsa-sha256', aligned: true },
      ],
      dmarc: { result: 'pass', domain: 'example.com', policy: 'reject', policyDomain: 'example.com' },
      arc: { result: 'none', instances: 0 },
      iprev: 'pass',
    });
    expect(results.field.replace(/header\.b=\S+;/, 'header.b=…;').split('\n\t')).toEqual([
      'mx.example.net;',
      'iprev=pass policy.iprev=192.0.2.1;',
      'spf=pass smtp.mailfrom=example.com;',
      'spf=pass smtp.helo=mail.example.com;',
      'dkim=pass header.d=example.com header.s=s header.a=rsa-sha256',
      'header.b=…;',
      'dmarc=pass (p=reject sp=quarantine dis=none) policy.dmarc=reject',
      'header.from=example.com',
    ]);
  });

  it('fails what is forged, with the explanation of the domain', async () => {
    const results = await authenticator.verify(parsed(plain), envelope({ address: '192.0.2.2' }));
    expect(results).toMatchObject({
      spf: { result: 'fail', explanation: '192.0.2.2 may not' },
      dkim: [],
      dmarc: { result: 'fail', policy: 'reject' },
      iprev: 'fail',
    });
  });

  it('uses the HELO name for the null sender, and aligns it', async () => {
    const results = await authenticator.verify(parsed(plain), envelope({ address: '192.0.2.1' }, ''));
    expect(results.spf).toEqual({ result: 'pass', domain: 'mail.example.com', identity: 'helo' });
    expect(results.spfHelo).toBeUndefined();
    expect(results.dmarc.result).toBe('pass');
  });

  it.each([
    ['192.0.2.3', 'permerror'],
    ['192.0.2.4', 'temperror'],
    ['2001:db8::7', 'permerror'],
  ])('iprev of %s is %s', async (address, result) => {
    expect((await authenticator.verify(parsed(plain), envelope({ address }))).iprev).toBe(result);
  });

  it('takes the name a server has verified', async () => {
    const client = { address: '192.0.2.3', name: 'host.example' };
    expect((await authenticator.verify(parsed(plain), envelope(client))).iprev).toBe('pass');
  });

  it.each([
    ['no address', {}],
    ['a local address', { address: '127.0.0.1' }],
    ['a login', { address: '192.0.2.2', user: 'ann' }],
  ])('asks neither SPF nor iprev with %s, and DMARC cannot fail', async (_, client) => {
    const unsigned = await authenticator.verify(parsed(plain), envelope(client));
    expect(unsigned).toMatchObject({ spf: { result: 'none' }, iprev: 'none', dmarc: { result: 'none' } });
    expect(unsigned.spfHelo).toBeUndefined();
    const message = parsed(await signed(plain, 'relaxed/simple'));
    expect((await authenticator.verify(message, envelope(client))).dmarc.result).toBe('pass');
  });

  it('says who logged in when it may', async () => {
    const client = { address: '192.0.2.2', user: 'ann' };
    const quiet = await authenticator.verify(parsed(plain), envelope(client));
    expect(quiet.field).toContain('auth=pass;');
    const open = createAuthenticator({ resolver, budget, settings: { ...settings, showLogin: true } });
    expect((await open.verify(parsed(plain), envelope(client))).field).toContain('auth=pass smtp.auth=ann;');
  });

  it.each([
    ['no From', plain.replace(/^From.*\r\n/, ''), 'no-author-domain'],
    ['two From fields', `From: eve@example.org\r\n${plain}`, 'multiple-from-fields'],
    [
      'two domains',
      plain.replace('<ann@example.com>', '<ann@example.com>, e@example.org'),
      'multiple-author-domains',
    ],
  ])('DMARC of a message with %s is none, with the reason', async (_, raw, reason) => {
    const { dmarc } = await authenticator.verify(parsed(raw), envelope({ address: '192.0.2.1' }));
    expect(dmarc).toMatchObject({ result: 'none', reason });
  });

  it('keeps to the budget', async () => {
    const small = createAuthenticator({ resolver, budget: { queries: 1, time: 1000 }, settings });
    const message = parsed(await signed(plain, 'relaxed/relaxed'));
    const results = await small.verify(message, envelope({ address: '192.0.2.1' }));
    expect(results.dkim[0]?.result).toBe('temperror');
    expect(results.dmarc.result).toBe('temperror');
  });

  it('takes no answer about an aligned signature for a failure of DMARC', async () => {
    const partly = createZoneResolver({ ...zone, 's._domainkey.example.com': 'SERVFAIL' });
    const unlucky = createAuthenticator({ resolver: partly, budget, settings });
    const message = parsed(await signed(plain, 'relaxed/relaxed'));
    const results = await unlucky.verify(message, envelope({ address: '192.0.2.2' }));
    expect(results).toMatchObject({
      spf: { result: 'fail' },
      dkim: [{ result: 'temperror' }],
      dmarc: { result: 'temperror', policy: 'reject' },
    });
  });

  it('does not wait for a resolver that never answers', async () => {
    const never: Resolver = { resolve: () => new Promise(() => undefined) };
    const hasty = createAuthenticator({ resolver: never, budget: { queries: 100, time: 50 }, settings });
    const message = parsed(await signed(plain, 'relaxed/relaxed'));
    const results = await hasty.verify(message, envelope({ address: '192.0.2.1' }));
    expect(results).toMatchObject({
      spf: { result: 'temperror' },
      dkim: [{ result: 'temperror' }],
      dmarc: { result: 'temperror' },
      iprev: 'temperror',
    });
  });

  it('logs a fault of its own and goes on', async () => {
    const lines: string[] = [];
    const log: Log = { ...silentLog, error: (_, text) => lines.push(text) };
    const broken: Resolver = {
      resolve: () => {
        throw new TypeError('broken');
      },
    };
    const message = parsed(await signed(plain, 'relaxed/relaxed'));
    Object.defineProperty(message, 'root', {
      get: () => {
        throw new TypeError('broken');
      },
    });
    const results = await createAuthenticator({ resolver: broken, budget, settings, log }).verify(
      message,
      envelope({ address: '192.0.2.1' }),
    );
    expect(results).toMatchObject({ dkim: [{ result: 'temperror' }], dmarc: { result: 'temperror' } });
    expect(results.field).toContain('dkim=temperror');
    expect(lines).toContain('authentication failed to run');
  });
});

describe('signatures', () => {
  const client = envelope({ address: '192.0.2.1' });

  it.each(['relaxed/relaxed', 'relaxed/simple', 'simple/relaxed', 'simple/simple'])(
    'of %s pass, RSA and Ed25519, and both ways in one message',
    async (canonicalization) => {
      const one = await signed(plain, canonicalization);
      const two = await signed(one, canonicalization, { ed: true });
      const three = await signed(two, 'simple/simple');
      for (const raw of [one, two, three, three.replaceAll('\r\n', '\n')]) {
        const { dkim } = await authenticator.verify(parsed(raw), client);
        expect(dkim.length).toBeGreaterThan(0);
        expect(new Set(dkim.map(({ result }) => result))).toEqual(new Set(['pass']));
      }
    },
  );

  it('fail when the body or a signed field has changed', async () => {
    const raw = await signed(plain, 'relaxed/relaxed');
    const body = await authenticator.verify(parsed(raw.replace('bye', 'buy')), client);
    expect(body.dkim[0]).toMatchObject({ result: 'fail', reason: 'body hash did not verify' });
    const header = await authenticator.verify(parsed(raw.replace('hello', 'hullo')), client);
    expect(header.dkim[0]).toMatchObject({ result: 'fail', reason: 'bad signature' });
  });

  it('with l= do not pass when something follows, unless told to', async () => {
    const raw = `${await signed(plain, 'relaxed/relaxed', { length: 10 })}more\r\n`;
    const strict = await authenticator.verify(parsed(raw), client);
    expect(strict.dkim[0]).toMatchObject({
      result: 'policy',
      reason: expect.stringMatching(/^l= leaves \d+ bytes of the body unsigned$/),
    });
    const lax = createAuthenticator({ resolver, budget, settings: { ...settings, partialBody: 'pass' } });
    expect((await lax.verify(parsed(raw), client)).dkim[0]?.result).toBe('pass');
  });

  it('that are broken do not spoil the others', async () => {
    const raw = await signed(plain, 'relaxed/relaxed');
    const broken = raw.slice(0, raw.length - plain.length).replace('relaxed/relaxed', '/relaxed');
    const { dkim } = await authenticator.verify(parsed(broken + raw), client);
    expect(dkim).toMatchObject([
      { result: 'neutral', reason: 'unknown canonicalization' },
      { result: 'pass' },
    ]);
  });

  it('beyond the number are policy', async () => {
    const one = await signed(plain, 'relaxed/relaxed');
    const field = one.slice(0, one.length - plain.length);
    const { dkim, field: results } = await authenticator.verify(parsed(field.repeat(30) + plain), client);
    expect(dkim.map(({ result }) => result)).toEqual([
      ...Array.from({ length: 5 }, () => 'pass'),
      ...Array.from({ length: 15 }, () => 'policy'),
    ]);
    expect(dkim.at(-1)?.reason).toBe('more than 5 signatures; 10 further signatures not shown');
    expect(results.match(/dkim=/g)).toHaveLength(6);
  });

  it('pass for an ARC chain, whose sealer is named', async () => {
    const seal = (raw: string) =>
      sealMessage(raw, {
        signingDomain: 'example.com',
        selector: 's',
        privateKey,
        authResults: 'mx.example.net; spf=none',
        cv: 'none',
      });
    const raw = await signed(plain, 'simple/simple');
    const sealed = (await seal(raw)).toString('latin1') + raw;
    const good = await authenticator.verify(parsed(sealed), client);
    expect(good.arc).toEqual({ result: 'pass', instances: 1, sealer: 'example.com' });
    expect(good.dkim[0]?.result).toBe('pass');
    expect(good.field).toContain('arc=pass header.d=example.com');
    const bad = await authenticator.verify(parsed(sealed.replace('bye', 'buy')), client);
    expect(bad.arc).toMatchObject({ result: 'fail', instances: 1 });
  });
});

describe('hostile values', () => {
  it('never throw', async () => {
    const lines: unknown[] = [];
    const watched = createAuthenticator({
      resolver,
      budget,
      settings,
      log: { ...silentLog, error: (fields) => lines.push(fields) },
    });
    const tag = fc.constantFrom(
      'v=1',
      'a=rsa-sha256',
      'a=ed25519-sha256',
      'a=',
      'b=',
      'b=AAAA',
      'bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=',

      'd=example.com',
      'd=ex ample',
      'd=é.example',
      's=s',
      's=..',
      'h=from',
      'h=',
      'h=from:dkim-signature:arc-seal',

      'l=1',
      'l=99999999999999999999',
      't=1',
      't=x',
      'x=1',
      'c=relaxed/relaxed',
      'c=/',
      'c=/relaxed',
      'c=x',
      'c=',
      'i=1',
      'i=@x',
      'cv=none',
      'cv=pass',

      '__proto__=1',
      'constructor=x',
      '=',
      ';',
      '\r\n ',
      '\0',
      '(',
      '"',
      '\\',
      'q=dns/txt',
      'i=1; mx; spf=pass',
      'z=a:b|c',
    );
    const value = fc.oneof(
      fc.array(tag, { maxLength: 14 }).map((tags) => tags.join('; ')),
      fc.string({ unit: 'binary', maxLength: 60 }),
    );
    const name = fc.constantFrom(
      'DKIM-Signature',
      'ARC-Seal',
      'ARC-Message-Signature',
      'ARC-Authentication-Results',
      'Authentication-Results',
      'From',
      'Content-Type',
      'Return-Path',
    );
    const sender = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 40 }),
      fc.constantFrom('', '@', 'a@', '"@"@example.com'),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(name, value), { maxLength: 8 }),
        sender,
        fc.constantFrom(undefined, '192.0.2.1', '::1', '2001:db8::1', 'nonsense', '::ffff:192.0.2.1'),
        fc.constantFrom('', '[192.0.2.1]', 'mail.example.com', 'x'.repeat(400), '%{i}'),
        async (fields, from, address, helo) => {
          const header = fields.map(([key, text]) => `${key}: ${text}\r\n`).join('');
          const message = parseMessage(Buffer.from(`${header}\r\nbody\r\n`));
          const client = { helo, ...(address === undefined ? {} : { address }) };
          const results = await watched.verify(message, { client, sender: from, recipients: [] });
          expect(results.field).toMatch(/^[\x20-\x7e]+(\n\t[\x20-\x7e]+)+$/);
        },
      ),
      { numRuns: 300 },
    );
    expect(lines).toEqual([]);
  });
});

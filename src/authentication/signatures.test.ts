import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMessage } from '../message/parse.ts';
import type { RecordType, Resolver } from '../net/resolver.ts';
import type { Zone } from '../net/zone-resolver.ts';
import { createZoneResolver } from '../net/zone-resolver.ts';
import { KeyCache } from './dkim/keys.ts';
import { keyRecord, signedBy } from './dkim/testing.ts';
import { defaultAuthenticationSettings } from './settings.ts';
import type { AuthenticationSettings } from './settings.ts';
import { verifySignatures } from './signatures.ts';
import type { DkimResult } from './types.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const other = generateKeyPairSync('rsa', { modulusLength: 2048 });
const weak = generateKeyPairSync('rsa', { modulusLength: 1024 });
const ed = generateKeyPairSync('ed25519');
const good = keyRecord(rsa.publicKey);
const now = Date.UTC(2026, 0, 1);
const seconds = now / 1000;

const plain = 'From: a@example.com\r\nTo: b@example.org\r\nSubject: hi\r\n\r\nHello  you \r\n\r\nbye\r\n\r\n';

interface Options {
  zone?: Zone;
  settings?: Partial<AuthenticationSettings>;
  resolver?: Resolver;
}

async function verify(raw: string, options: Options = {}): Promise<DkimResult[]> {
  const { dkim } = await verifySignatures({
    message: parseMessage(Buffer.from(raw, 'latin1')),
    resolver:
      options.resolver ?? createZoneResolver(options.zone ?? { 's._domainkey.example.com': { TXT: [good] } }),
    keyCache: new KeyCache(10),
    settings: { ...defaultAuthenticationSettings, ...options.settings },
    now,
    author: 'example.com',
  });
  return dkim;
}

/** Result and reason of the first signature. */
async function verdict(raw: string, options: Options = {}): Promise<string> {
  const [first] = await verify(raw, options);
  return [first?.result ?? 'none', ...(first?.reason === undefined ? [] : [first.reason])].join(': ');
}

describe('a DKIM signature', () => {
  it.each([
    'relaxed/relaxed',
    'relaxed/simple',
    'simple/relaxed',
    'simple/simple',
    'relaxed',
    'simple',
    undefined,
  ])('passes with c=%s, RSA and Ed25519, also when the line endings are bare LF', async (c) => {
    for (const { privateKey, publicKey } of [rsa, ed]) {
      const raw = signedBy(privateKey, plain, { c });
      const zone = { 's._domainkey.example.com': { TXT: [keyRecord(publicKey)] } };
      expect(await verdict(raw, { zone })).toBe('pass');
      expect(await verdict(raw.replaceAll('\r\n', '\n'), { zone })).toBe('pass');
      expect(await verdict(raw.replace('bye', 'buy'), { zone })).toBe('fail: body hash did not verify');
      expect(await verdict(raw.replace('Subject: hi', 'Subject: ho'), { zone })).toBe('fail: bad signature');
    }
  });

  it('is told by domain, selector, algorithm and the head of b=, and aligned with the author', async () => {
    const raw = signedBy(rsa.privateKey, plain, { d: 'Mail.Example.COM', s: 'S' });
    const zone = { 's._domainkey.mail.example.com': { TXT: [good] } };
    expect(await verify(raw, { zone })).toEqual([
      {
        result: 'pass',
        domain: 'mail.example.com',
        selector: 'S',
        algorithm: 'rsa-sha256',
        signature: /; b=(.{8})/.exec(raw)?.[1],
        aligned: true,
      },
    ]);
  });

  it('may use U-labels (RFC 8616 §5)', async () => {
    const utf8 = Buffer.from('bücher.example').toString('latin1');
    const raw = signedBy(rsa.privateKey, plain, {
      d: utf8,
      i: `x@a.${utf8}`,
      s: Buffer.from('schlüssel').toString('latin1'),
    });
    const zone = { 'xn--schlssel-95a._domainkey.xn--bcher-kva.example': { TXT: [good] } };
    expect(await verify(raw, { zone })).toMatchObject([{ result: 'pass', domain: 'xn--bcher-kva.example' }]);
  });

  it.each<[string, Record<string, string | undefined>]>([
    ['pass', { i: 'x@sub.example.com' }],
    ['pass', { i: '@example.com' }],
    ['pass', { i: 'j=40x@example=2Ecom' }],
    ['pass', { q: 'x/y:dns/txt' }],
    ['pass', { z: 'From:a|To:b', zz: 'unknown' }],
    ['pass', { t: `${seconds - 100}`, x: `${seconds + 100}` }],
    // A clock on local time.
    ['pass', { t: `${seconds + 80_000}` }],
    ['pass', { h: 'from:to:subject:from:x-none::x-none' }],
    ['pass', { h: ' From :\r\n\tTO ' }],
    ['pass', { a: 'RSA-SHA256', c: 'Relaxed/RELAXED' }],
    ['pass', { l: '18' }],
    ['neutral: no v=', { v: undefined }],
    ['neutral: no a=', { a: undefined }],
    ['neutral: no h=', { h: undefined }],
    ['neutral: no d=', { d: undefined }],
    ['neutral: unknown version', { v: '2' }],
    ['neutral: unknown version', { v: '1.0' }],
    ['neutral: unknown algorithm', { a: 'rsa-sha512' }],
    ['neutral: unknown algorithm', { a: '' }],
    ['neutral: unknown canonicalization', { c: 'relaxed/' }],
    ['neutral: unknown canonicalization', { c: 'nofws' }],
    ['neutral: unknown query method', { q: 'dns' }],
    ['neutral: unknown query method', { q: 'dns /txt' }],
    ['neutral: invalid h=', { h: 'from:sub ject' }],
    ['neutral: bh= is not base64', { bh: '#' }],
    ['neutral: bh= is no SHA-256 hash', { bh: 'AAAA' }],
    ['neutral: invalid d=', { d: 'com' }],
    ['neutral: invalid d=', { d: 'example.com.' }],
    ['neutral: invalid d=', { d: 'ex ample.com' }],
    ['neutral: invalid d=', { d: `${'a.'.repeat(130)}example.com` }],
    ['neutral: invalid s=', { s: 's..t' }],
    ['neutral: invalid s=', { s: '' }],
    ['neutral: invalid h=', { h: 'from:\xe9' }],
    ['neutral: invalid t=', { t: '-1' }],
    ['neutral: invalid x=', { x: '1'.repeat(13) }],
    ['neutral: invalid l=', { l: '-1' }],
    ['neutral: invalid i=', { i: 'example.com' }],
    ['neutral: x= is not after t=', { t: '100', x: '100' }],
    ['neutral: signature syntax: tag without value', { v: '1; x' }],
    ['neutral: signature syntax: tag d= twice', { v: '1; d=a.b' }],
    ['permerror: i= is not of the domain d=', { i: 'x@example.org' }],
    ['permerror: i= is not of the domain d=', { i: 'x@badexample.com' }],
    ['permerror: From field not signed', { h: 'to:subject' }],
    ['permerror: From field not signed', { h: '' }],
    ['permerror: signature expired', { x: `${seconds - 1}` }],
    ['policy: signed in the future', { t: `${seconds + 90_000}` }],
    ['policy: l= leaves 2 bytes of the body unsigned', { l: '16' }],
    ['permerror: l= is larger than the body', { l: '19' }],
    ['permerror: l= is larger than the body', { l: '9'.repeat(76) }],
    ['policy: weak algorithm', { a: 'rsa-sha1' }],
    ['permerror: key is of another type than a=', { a: 'ed25519-sha256' }],
    ['permerror: no key', { s: 'none' }],
  ])('is %s with %j', async (wanted, changes) => {
    const raw = signedBy(rsa.privateKey, plain, changes);
    expect(await verdict(raw, { settings: { partialBody: 'policy' } })).toBe(wanted);
  });

  it('with a part of the body passes when the settings say so', async () => {
    const raw = signedBy(rsa.privateKey, plain, { l: '16' });
    expect(await verdict(raw, { settings: { partialBody: 'pass' } })).toBe('pass');
  });

  it('does not pass when a field is added that h= names once more', async () => {
    const raw = signedBy(rsa.privateKey, plain, { h: 'from:from:to' });
    expect(await verdict(raw)).toBe('pass');
    expect(await verdict(`From: x@example.net\r\n${raw}`)).toBe('fail: bad signature');
  });

  it('never covers itself, and others above it only where h= names more than there were', async () => {
    const first = signedBy(rsa.privateKey, plain);
    const second = signedBy(rsa.privateKey, first, { h: 'from:dkim-signature:dkim-signature' });
    expect((await verify(second)).map(({ result }) => result)).toEqual(['pass', 'pass']);
    const third = signedBy(rsa.privateKey, second);
    expect((await verify(third)).map(({ result }) => result)).toEqual(['pass', 'fail', 'pass']);
  });

  it('covers the lowest of several fields', async () => {
    const raw = signedBy(rsa.privateKey, `X-A: 1\r\nX-A: 2\r\n${plain}`, { h: 'x-a:from' });
    expect(await verdict(raw.replace('X-A: 1', 'X-A: 9'))).toBe('pass');
    expect(await verdict(raw.replace('X-A: 2', 'X-A: 9'))).toBe('fail: bad signature');
  });
});

describe('keys', () => {
  const raw = signedBy(rsa.privateKey, plain);
  it.each<[string, Zone[string]]>([
    ['pass', { TXT: [`${keyRecord(rsa.publicKey, 'v=DKIM1; h=sha1:sha256; s=email; t=s')}; n=note`] }],
    ['pass', { TXT: [[good.slice(0, 200), good.slice(200)]] }],
    ['pass', { TXT: ['v=spf1 -all', keyRecord(other.publicKey), good] }],
    ['pass', { TXT: [keyRecord(ed.publicKey), 'v=DKIM1; p=', good] }],
    ['pass', { TXT: [keyRecord(rsa.publicKey, 't=y')] }],
    ['fail: bad signature', { TXT: [keyRecord(other.publicKey)] }],
    ['neutral: bad signature; the key is in testing mode', { TXT: [keyRecord(other.publicKey, 't=y')] }],
    ['permerror: no key', {}],
    ['temperror: key not found out: ESERVFAIL', 'SERVFAIL'],
    ['temperror: key not found out: ETIMEOUT', 'TIMEOUT'],
    ['permerror: key revoked', { TXT: ['v=DKIM1; p='] }],
    ['permerror: invalid key record: not a record of version DKIM1', { TXT: ['v=DKIM2; p=AAAA'] }],
    [
      'permerror: invalid key record: longer than 4096 characters',
      { TXT: [`${good}; n=${'x'.repeat(4000)}`] },
    ],
    ['permerror: key does not allow the hash of a=', { TXT: [keyRecord(rsa.publicKey, 'h=sha1')] }],
    ['permerror: key is not for email', { TXT: [keyRecord(rsa.publicKey, 's=tlsrpt')] }],
    ['permerror: key is of another type than a=', { TXT: [keyRecord(ed.publicKey)] }],
    // The record that would pass is the fourth.
    ['fail: bad signature', { TXT: [...Array.from({ length: 3 }, () => keyRecord(other.publicKey)), good] }],
  ])('%s', async (wanted, name) => {
    expect(await verdict(raw, { zone: { 's._domainkey.example.com': name } })).toBe(wanted);
  });

  it('with t=s do not allow i= of a subdomain', async () => {
    const zone = { 's._domainkey.example.com': { TXT: [keyRecord(rsa.publicKey, 't=s')] } };
    const below = signedBy(rsa.privateKey, plain, { i: '@a.example.com' });
    expect(await verdict(below, { zone })).toBe('permerror: key does not allow i= of a subdomain');
  });

  it('count from 1024 bits up to the largest (RFC 8301 §3.2)', async () => {
    const zone = { 's._domainkey.example.com': { TXT: [keyRecord(weak.publicKey)] } };
    const signed = signedBy(weak.privateKey, plain);
    expect(await verdict(signed, { zone })).toBe('pass');
    expect(await verdict(signed, { zone, settings: { minimumKeyBits: 1025 } })).toBe('policy: weak key');
    expect(await verdict(raw, { settings: { maximumKeyBits: 1024 } })).toBe(
      'policy: key of more than 1024 bits',
    );
  });

  it('are asked for once a name, and not at all for what cannot be verified', async () => {
    const asked: string[] = [];
    const base = createZoneResolver({ 's._domainkey.example.com': { TXT: [good] } });
    const resolver: Resolver = {
      resolve<T extends RecordType>(name: string, type: T) {
        asked.push(name);
        return base.resolve(name, type);
      },
    };
    const twice = signedBy(rsa.privateKey, raw);
    const broken = signedBy(rsa.privateKey, signedBy(rsa.privateKey, twice, { s: 'x', x: '1' }), {
      s: 'y',
      v: '2',
    });
    expect((await verify(broken, { resolver })).map(({ result }) => result)).toEqual([
      'neutral',
      'permerror',
      'pass',
      'pass',
    ]);
    expect(asked).toEqual(['s._domainkey.example.com']);
  });

  it('rejects when the resolver is broken', async () => {
    const resolver: Resolver = { resolve: () => Promise.reject(new TypeError('broken')) };
    await expect(verify(raw, { resolver })).rejects.toThrow('broken');
  });
});

describe('limits', () => {
  const limits = (changes: Partial<AuthenticationSettings['limits']>): Options => ({
    settings: { limits: { ...defaultAuthenticationSettings.limits, ...changes } },
  });
  const raw = signedBy(rsa.privateKey, plain);
  it.each<[string, Options]>([
    ['policy: larger than 100 bytes', limits({ signatureBytes: 100 })],
    ['policy: more than 2 names in h=', limits({ signedNames: 2 })],
    ['policy: covers more than 30 bytes of header', limits({ signedHeaderBytes: 30 })],
    ['policy: more than 0 signatures', limits({ signatures: 0 })],
  ])('%s', async (wanted, options) => {
    expect(await verdict(raw, options)).toBe(wanted);
  });
});

it('verifies nothing in a header with more fields than are listed: the lowest From may be another', async () => {
  const raw = signedBy(rsa.privateKey, plain);
  const end = raw.indexOf('\r\n\r\n');
  const longer = (fields: number): string =>
    `${raw.slice(0, end)}\r\n${'X-A: 1\r\n'.repeat(fields)}From: x@example.net${raw.slice(end)}`;
  expect(await verdict(longer(9_000))).toBe('fail: bad signature');
  expect(await verdict(longer(10_000))).toBe('policy: the header has more fields than are read');
});

describe('KeyCache', () => {
  it('gives the same key for the same text and forgets the one used longest ago', () => {
    const cache = new KeyCache(2);
    const [a, b, c] = [
      keyRecord(rsa.publicKey),
      keyRecord(other.publicKey),
      keyRecord(weak.publicKey),
    ] as const;
    const first = cache.read(a);
    const second = cache.read(b);
    expect(cache.read(a)).toBe(first);
    cache.read(c);
    expect(cache.read(a)).toBe(first);
    expect(cache.read(b)).not.toBe(second);
  });
});

describe('anything at all', () => {
  const bytes = fc.uint8Array({ maxLength: 300 }).map((data) => Buffer.from(data).toString('latin1'));
  const tag = fc.constantFrom('v', 'a', 'b', 'bh', 'c', 'd', 'h', 'i', 'l', 'q', 's', 't', 'x', 'z');
  const value = fc.oneof(
    bytes,
    fc.constantFrom(
      '1',
      'rsa-sha256',
      'simple',
      'example.com',
      's',
      'from',
      '@example.com',
      '0',
      '',
      '=40',
      '\r\n ',
    ),
  );

  it('in a signature, its tags, header and body gives a result', async () => {
    await fc.assert(
      fc.asyncProperty(
        bytes,
        fc.dictionary(tag, value),
        bytes,
        bytes,
        async (field, changes, header, body) => {
          const message = `DKIM-Signature:${field}\r\n${header}\r\nFrom: a\r\n\r\n${body}`;
          for (const { result } of await verify(signedBy(ed.privateKey, message, changes)))
            expect(['pass', 'fail', 'policy', 'neutral', 'permerror', 'temperror']).toContain(result);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('in a key record gives a result', async () => {
    const raw = signedBy(rsa.privateKey, plain);
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.oneof(
            bytes,
            value.map((v) => `p=${v}`),
          ),
        ),
        async (records) => {
          const zone = { 's._domainkey.example.com': { TXT: ['x', ...records] } };
          expect((await verify(raw, { zone }))[0]?.result).not.toBe('pass');
        },
      ),
      { numRuns: 200 },
    );
  });
});

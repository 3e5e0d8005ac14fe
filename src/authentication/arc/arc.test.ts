import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMessage } from '../../message/parse.ts';
import type { Zone } from '../../net/zone-resolver.ts';
import { createZoneResolver } from '../../net/zone-resolver.ts';
import { KeyCache } from '../dkim/keys.ts';
import { keyRecord } from '../dkim/testing.ts';
import { defaultAuthenticationSettings } from '../settings.ts';
import type { AuthenticationLimits, AuthenticationSettings } from '../settings.ts';
import { verifySignatures } from '../signatures.ts';
import type { ArcResult } from '../types.ts';
import { sealedBy } from './testing.ts';
import type { SetChanges } from './testing.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ed = generateKeyPairSync('ed25519');
const good: Zone = {
  's._domainkey.example.com': { TXT: [keyRecord(rsa.publicKey)] },
  'ed._domainkey.example.com': { TXT: [keyRecord(ed.publicKey)] },
};
const plain = 'From: a@example.com\r\nTo: b@example.org\r\nSubject: hi\r\n\r\nHello\r\n';
async function verify(
  raw: string,
  options: {
    zone?: Zone;
    settings?: Partial<AuthenticationSettings>;
    limits?: Partial<AuthenticationLimits>;
  } = {},
): Promise<ArcResult> {
  const limits = { ...defaultAuthenticationSettings.limits, ...options.limits };
  const { arc } = await verifySignatures({
    message: parseMessage(Buffer.from(raw, 'latin1')),
    resolver: createZoneResolver(options.zone ?? good),
    keyCache: new KeyCache(10),
    settings: { ...defaultAuthenticationSettings, limits, ...options.settings },
    now: Date.UTC(2026, 0, 1),
    author: '',
  });
  return arc;
}

/** RSA, or Ed25519 under its own selector. */
function sealed(raw: string, instance: number, changes: SetChanges & { ed?: boolean } = {}): string {
  const { ed: withEd = false, ...rest } = changes;
  return withEd
    ? sealedBy(ed.privateKey, 'ed', raw, instance, rest)
    : sealedBy(rsa.privateKey, 's', raw, instance, rest);
}

const told = ({ result, reason }: ArcResult): string =>
  reason === undefined ? result : `${result}: ${reason}`;

const one = sealed(plain, 1);
const two = sealed(one, 2, { ed: true });
const three = sealed(two, 3);

describe('an ARC chain', () => {
  it('passes, with RSA and Ed25519, and names its newest sealer', async () => {
    expect(await verify(plain)).toEqual({ result: 'none', instances: 0 });
    expect(await verify(one)).toEqual({ result: 'pass', instances: 1, sealer: 'example.com' });
    expect(await verify(two)).toMatchObject({ result: 'pass', instances: 2 });
    expect(await verify(three)).toMatchObject({ result: 'pass', instances: 3 });
    expect(await verify(three.replaceAll('\r\n', '\n'))).toMatchObject({ result: 'pass', instances: 3 });
  });

  it('of 50 sets passes', async () => {
    let raw = plain;
    for (let instance = 1; instance <= 50; instance++) raw = sealed(raw, instance, { ed: true });
    expect(await verify(raw)).toMatchObject({ result: 'pass', instances: 50 });
    expect(told(await verify(sealed(raw, 51)))).toBe('fail: more than 50 ARC sets');
  });

  it.each<[string, string]>([
    ['fail: i=3 ARC-Message-Signature: body hash did not verify', three.replace('Hello', 'Hullo')],
    ['fail: i=3 ARC-Message-Signature: bad signature', three.replace('Subject: hi', 'Subject: ho')],
    ['fail: i=3 ARC-Seal: bad signature', three.replace('i=3; mx.example', 'i=3; my.example')],
    ['fail: i=3 ARC-Seal: bad signature', three.replace('i=1; mx.example', 'i=1; my.example')],
    ['fail: i=2: no ARC-Seal', three.replace(/ARC-Seal: i=2.*\r\n/, '')],
    ['fail: i=2: no ARC-Authentication-Results', three.replace(/ARC-Authentication-Results: i=2.*\r\n/, '')],
    ['fail: i=2: no ARC-Message-Signature', three.replace(/ARC-Message-Signature: .*i=2;.*\r\n/, '')],
    ['fail: i=1: no ARC-Seal', two.slice(0, -one.length) + plain],
    ['fail: i=2: more than one ARC-Seal', three.replace(/(ARC-Seal: i=2.*\r\n)/, '$1$1')],
    ['fail: ARC-Seal without a valid instance', three.replace('ARC-Seal: i=2', 'ARC-Seal: i=0')],
    ['fail: ARC-Seal without a valid instance', three.replace('ARC-Seal: i=2', 'ARC-Seal: i=051')],
    [
      'fail: ARC-Authentication-Results without a valid instance',
      three.replace('Results: i=2;', 'Results: mx; i=2;'),
    ],
    ['fail: the chain had failed before', sealed(two, 3, { seal: { cv: 'fail' } })],
    ['fail: the chain had failed before', sealed(plain, 2, { seal: { cv: 'fail' } })],
    ['fail: i=1 ARC-Seal: wrong cv=', sealed(plain, 1, { seal: { cv: 'pass' } })],
    ['fail: i=2 ARC-Seal: wrong cv=', sealed(one, 2, { seal: { cv: 'none' } })],
    ['fail: i=1 ARC-Seal: has h=', sealed(plain, 1, { seal: { h: 'from' } })],
    ['fail: i=1 ARC-Seal: invalid t=', sealed(plain, 1, { seal: { t: 'x' } })],
    ['fail: i=1 ARC-Seal: invalid d=', sealed(plain, 1, { seal: { d: 'com' } })],
    ['fail: i=1 ARC-Seal: invalid s=', sealed(plain, 1, { seal: { s: '' } })],
    ['fail: i=1 ARC-Seal: unknown algorithm', sealed(plain, 1, { seal: { a: 'rsa-sha1' } })],
    ['fail: i=1 ARC-Seal: tag without value', one.replace('ARC-Seal: i=1', 'ARC-Seal: i=1; x')],
    ['fail: i=1 ARC-Seal: no b=', one.replace(/^(ARC-Seal:.*); b=.*\r\n/, '$1\r\n')],
    ['fail: i=1 ARC-Seal: b= is not base64', one.replace(/^(ARC-Seal:.*); b=.*\r\n/, '$1; b=\r\n')],
    [
      'fail: i=1 ARC-Message-Signature: covers ARC-Seal',
      sealed(plain, 1, { signature: { h: 'from:arc-seal' } }),
    ],
    [
      'fail: i=1 ARC-Message-Signature: unknown algorithm',
      sealed(plain, 1, { signature: { a: 'rsa-sha1' } }),
    ],
    ['fail: i=1 ARC-Message-Signature: From field not signed', sealed(plain, 1, { signature: { h: 'to' } })],
    ['fail: i=1 ARC-Message-Signature: signature expired', sealed(plain, 1, { signature: { x: '100' } })],
    ['fail: i=1 ARC-Seal: no key', sealed(plain, 1, { seal: { s: 'none' } })],
    [
      'policy: i=1 ARC-Message-Signature: l= leaves 2 bytes of the body unsigned',
      sealed(plain, 1, { signature: { l: '5' } }),
    ],
  ])('is %s', async (wanted, raw) => {
    expect(told(await verify(raw))).toBe(wanted);
  });

  it.each(['i=1;', ' (a (nested \\) one)) i (x) = (y) 1 (z) ; mx', 'i=01; mx', '\r\n i=1\r\n ; mx'])(
    'takes %j for ARC-Authentication-Results',
    async (results) => {
      expect(told(await verify(sealed(plain, 1, { results: results.replaceAll('\r\n', '') })))).toBe('pass');
    },
  );

  it.each(['', 'i', 'i=', 'i=1', '(i=1;', 'mx; i=1', 'I=1; mx', 'i=1.5;', 'i=001; mx'])(
    'does not take %j for ARC-Authentication-Results',
    async (results) => {
      expect(told(await verify(sealed(plain, 1, { results })))).toBe(
        'fail: ARC-Authentication-Results without a valid instance',
      );
    },
  );

  it('is not known to fail when the DNS does not answer, unless it fails in any case', async () => {
    const zone: Zone = { ...good, 'ed._domainkey.example.com': 'TIMEOUT' };
    expect(told(await verify(three, { zone }))).toBe('temperror: i=2 ARC-Seal: key not found out: ETIMEOUT');
    expect(told(await verify(two, { zone }))).toBe(
      'temperror: i=2 ARC-Message-Signature: key not found out: ETIMEOUT',
    );
    expect((await verify(three.replace('i=1; mx.example', 'i=1; my.example'), { zone })).result).toBe('fail');
  });

  it('does not pass with keys or bodies beyond what the settings allow', async () => {
    expect((await verify(one, { settings: { minimumKeyBits: 4096 } })).result).toBe('fail');
    const partial = sealed(plain, 1, { signature: { l: '5' } });
    expect((await verify(partial, { settings: { partialBody: 'pass' } })).result).toBe('pass');
  });

  it.each<[string, Partial<AuthenticationLimits>]>([
    ['policy: more than 2 ARC sets', { arcSets: 2 }],
    ['policy: more than 1000 bytes of ARC fields', { arcBytes: 1_000 }],
    ['policy: i=3 ARC-Message-Signature: larger than 100 bytes', { signatureBytes: 100 }],
    ['policy: i=3 ARC-Message-Signature: more than 2 names in h=', { signedNames: 2 }],
  ])('beyond a limit is %s', async (wanted, limits) => {
    expect(told(await verify(three, { limits }))).toBe(wanted);
  });

  it('gives a result for any bytes', async () => {
    const bytes = fc.uint8Array({ maxLength: 60 }).map((data) => Buffer.from(data).toString('latin1'));
    const kind = fc.constantFrom(
      'ARC-Seal: i=1;',
      'ARC-Message-Signature: i=1;',
      'ARC-Authentication-Results: i=1;',
      'ARC-Seal:',
    );
    const field = fc.tuple(kind, bytes).map(([start, rest]) => `${start}${rest}\r\n`);
    await fc.assert(
      fc.asyncProperty(fc.array(field, { maxLength: 8 }), bytes, async (fields, body) => {
        const { result } = await verify(`${fields.join('')}From: a\r\n\r\n${body}`);
        expect(result).not.toBe('pass');
      }),
      { numRuns: 300 },
    );
  });
});

import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseKeyRecord } from './key-record.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey;
const spki = rsa.export({ type: 'spki', format: 'der' }).toString('base64');
const pkcs1 = rsa.export({ type: 'pkcs1', format: 'der' }).toString('base64');
const ed25519 = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' });
const point = ed25519.subarray(-32).toString('base64');
const small = generateKeyPairSync('rsa', { modulusLength: 1024, publicExponent: 3 }).publicKey;

describe('parseKeyRecord', () => {
  it.each([
    [
      `v=DKIM1; p=${spki}`,
      { type: 'rsa', bits: 1024, forEmail: true, testing: false, strictIdentity: false },
    ],
    [`p=${spki.slice(0, 40)} ${spki.slice(40)};`, { type: 'rsa', bits: 1024 }],
    [`v=DKIM1; k=RSA; p=${pkcs1}`, { type: 'rsa', bits: 1024 }],
    [`p=${small.export({ type: 'spki', format: 'der' }).toString('base64')}`, { bits: 1024 }],
    [`v=DKIM1; k=ed25519; p=${point}`, { type: 'ed25519', bits: 256 }],
    ['v=DKIM1; p=', { key: undefined, bits: 0 }],
    [
      `h=sha1 : SHA256; t=y:s:z; s=email; n=x; zz=1; p=${spki}`,
      { hashes: ['sha1', 'sha256'], testing: true, strictIdentity: true },
    ],
    [`s=tlsrpt; p=${spki}`, { forEmail: false }],
    [`s=tlsrpt:*; p=${spki}`, { forEmail: true }],
  ])('%s', (text, wanted) => {
    expect(parseKeyRecord(text)).toMatchObject(wanted);
  });

  it.each([
    ['', 'empty tag'],
    ['v=spf1 -all', 'not a record of version DKIM1'],
    [`p=${spki}; v=DKIM1`, 'not a record of version DKIM1'],
    [`v=DKIM1; k=dsa; p=${spki}`, 'unknown key type'],
    ['v=DKIM1; k=rsa', 'no p='],
    ['p=####', 'p= is not base64'],
    ['p=AAAA', 'not an RSA key'],
    [`p=${point}`, 'not an RSA key'],
    [`p=${ed25519.toString('base64')}`, 'not an RSA key'],
    [`k=ed25519; p=${spki}`, 'not an Ed25519 key'],
    [`v=DKIM1; p=${spki}; p=${spki}`, 'tag p= twice'],
  ])('%s is no key', (text, fault) => {
    expect(parseKeyRecord(text)).toEqual({ fault });
  });

  it.each([Buffer.from('0100000001', 'hex'), Buffer.alloc(128, 0x41), Buffer.from([1]), Buffer.from([4])])(
    'refuses the exponent %j',
    (e) => {
      const { n = '' } = rsa.export({ format: 'jwk' });
      const key = createPublicKey({ key: { kty: 'RSA', n, e: e.toString('base64url') }, format: 'jwk' });
      const der = key.export({ type: 'spki', format: 'der' });
      expect(parseKeyRecord(`p=${der.toString('base64')}`)).toEqual({
        fault: 'RSA key with an unusable exponent',
      });
    },
  );

  it('takes any text, and any bytes for a key', () => {
    fc.assert(
      fc.property(fc.string(), fc.uint8Array({ maxLength: 300 }), (text, bytes) => {
        parseKeyRecord(text);
        parseKeyRecord(`p=${Buffer.from(bytes).toString('base64')}`);
        parseKeyRecord(`k=ed25519; p=${Buffer.from(bytes).toString('base64')}`);
      }),
    );
  });

  it('takes a damaged key', () => {
    fc.assert(
      fc.property(fc.nat(spki.length - 1), fc.base64String({ minLength: 4, maxLength: 4 }), (at, piece) => {
        parseKeyRecord(`p=${spki.slice(0, at)}${piece}${spki.slice(at + 4)}`);
      }),
    );
  });
});

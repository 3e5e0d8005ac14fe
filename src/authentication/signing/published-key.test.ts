import { generateKeyPairSync } from 'node:crypto';
import { expect, it, test } from 'vitest';
import { createZoneResolver, type Zone } from '../../net/zone-resolver.ts';
import type { SigningKey } from './keys.ts';
import { keyRecord, publishedKey, recordName, txtStrings, zoneLine } from './published-key.ts';

const NOW = Date.UTC(2026, 5, 1);
function keyOf(type: 'rsa' | 'ed25519', bits = 2048): SigningKey {
  const { privateKey } =
    type === 'rsa' ? generateKeyPairSync('rsa', { modulusLength: bits }) : generateKeyPairSync('ed25519');
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const rest = { notBefore: 0, notAfter: Number.POSITIVE_INFINITY, subdomains: false };
  return { domain: 'example.org', selector: 's', type, bits, pem, ...rest };
}
const rsa = keyOf('rsa');
const ed = keyOf('ed25519');
const name = 's._domainkey.example.org';
const check = (key: SigningKey, zone: Zone, now = NOW) => publishedKey(key, createZoneResolver(zone), now);
const published = (...records: string[]): Zone => ({ [name]: { TXT: records.map(txtStrings) } });

it('a record in strings of 255 octets, as text and as a line of a zone', () => {
  const record = keyRecord(rsa);
  expect(txtStrings(record).join('')).toBe(record);
  expect(txtStrings(record).map(({ length }) => length)).toEqual([255, record.length - 255]);
  expect(zoneLine(recordName(ed), keyRecord(ed))).toMatch(
    /^s\._domainkey\.example\.org\. IN TXT \( "v=DKIM1; k=ed25519; p=[A-Za-z0-9+/]{43}=" \)$/,
  );
});

test.each([
  ['as printed', rsa, published(keyRecord(rsa)), 'ok', false],
  ['Ed25519', ed, published(keyRecord(ed)), 'ok', false],
  ['with more tags', rsa, published(`${keyRecord(rsa)}; s=email; h=sha1:sha256; n=x`), 'ok', false],
  ['as a test', rsa, published(`${keyRecord(rsa)}; t=y`), 'ok', false],
  ['nothing', rsa, {}, 'missing', true],
  ['no TXT', rsa, { [name]: { A: ['192.0.2.1'] } }, 'missing', true],
  ['another key', rsa, published(keyRecord(keyOf('rsa'))), 'different', true],
  ['another type', rsa, published(keyRecord(ed)), 'different', true],
  ['revoked', rsa, published('v=DKIM1; k=rsa; p='), 'revoked', true],
  ['no list of tags', rsa, published('hello'), 'syntax', true],
  ['no base64', rsa, published('v=DKIM1; p=!!!'), 'syntax', true],
  ['a short key', rsa, published(keyRecord(keyOf('rsa', 768))), 'too-short', true],
  ['for sha1 only', rsa, published(`${keyRecord(rsa)}; h=sha1`), 'unusable', true],
  ['not for mail', rsa, published(`${keyRecord(rsa)}; s=tlsrpt`), 'unusable', true],
  ['two records', rsa, published(keyRecord(rsa), keyRecord(ed)), 'several', true],
  ['no answer', rsa, { [name]: 'TIMEOUT' }, 'unknown', true],
] as const)('published %s', async (_, key, zone, status, fault) => {
  expect(await check(key, zone as Zone)).toMatchObject({ status, fault });
});

it('a test is told', async () => {
  expect(await check(rsa, published(`${keyRecord(rsa)}; t=y:s`))).toMatchObject({
    status: 'ok',
    testing: true,
  });
});

it('a key that is no longer in force, or not yet, need not be published', async () => {
  expect(await check({ ...rsa, notAfter: NOW }, {})).toMatchObject({ status: 'missing', fault: false });
  expect(await check({ ...rsa, notBefore: NOW + 1 }, {})).toMatchObject({ status: 'missing', fault: false });
});

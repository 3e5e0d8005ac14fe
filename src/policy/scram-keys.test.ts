import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { ScramClient } from '../../test/support/scram-client.ts';
import { decoySalt, isScramKeySet, keysOf, makeScramKeys } from './scram-keys.ts';
import { saslPrep } from './saslprep.ts';

test('the example of RFC 5802 §5', async () => {
  const client = new ScramClient('sha1', 'user', 'pencil', 'fyko+d2lbbFgONRv9qkxdawL');
  expect(client.first().toString()).toBe('n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL');
  const first = 'r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096';
  expect((await client.final(Buffer.from(first))).toString()).toBe(
    'c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=',
  );
  expect(client.verifier).toBe('v=rmF9pqV8S7suAoZWja4dJRkFsKQ=');
});

test('the example of RFC 7677 §3', async () => {
  const client = new ScramClient('sha256', 'user', 'pencil', 'rOprNGfwEbeRWgbNEkqO');
  const first = 'r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096';
  expect((await client.final(Buffer.from(first))).toString()).toBe(
    'c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=',
  );
  expect(client.verifier).toBe('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=');
});

test('keys are salted, and survive JSON', async () => {
  const [one, other] = [
    await makeScramKeys('pencil', 4096, randomBytes),
    await makeScramKeys('pencil', 4096, randomBytes),
  ];
  expect(one?.keys.sha256.storedKey).not.toBe(other?.keys.sha256.storedKey);
  const read: unknown = JSON.parse(JSON.stringify(one));
  expect(isScramKeySet(read)).toBe(true);
  if (isScramKeySet(read)) {
    expect(keysOf(read, 'sha1').storedKey).toHaveLength(20);
    expect(keysOf(read, 'sha256').serverKey).toHaveLength(32);
  }
  for (const bad of [undefined, null, {}, 'x', { salt: 'x', iterations: 1.5 }, { ...one, keys: {} }])
    expect(isScramKeySet(bad)).toBe(false);
});

test('a password that may not be has no keys', async () => {
  expect(await makeScramKeys('private \ue000 use', 4096, randomBytes)).toBeUndefined();
});

test('a salt made up for nobody is always the same for the same name', () => {
  const secret = randomBytes(32);
  expect(decoySalt(secret, 'a').equals(decoySalt(secret, 'a'))).toBe(true);
  expect(decoySalt(secret, 'a').equals(decoySalt(secret, 'b'))).toBe(false);
  expect(decoySalt(secret, 'a')).toHaveLength(16);
});

// RFC 4013 §3.
test.each([
  ['I\u00adX', 'IX'],
  ['user', 'user'],
  ['USER', 'USER'],
  ['\u00aa', 'a'],
  ['\u2168', 'IX'],
  ['a\u00a0b', 'a b'],
  ['\u0007', undefined],
  ['\u{e0001}', undefined],
  ['\ud800', undefined],
])('SASLprep of %j is %j', (text, prepared) => {
  expect(saslPrep(text)).toBe(prepared);
});

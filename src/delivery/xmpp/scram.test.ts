import { describe, expect, test } from 'vitest';
import { ScramLogin } from './scram.ts';

describe('the exchanges that are given as examples', () => {
  test('with SHA-1 (RFC 5802 §5)', async () => {
    const login = new ScramLogin('sha1', 'user', 'pencil', 'fyko+d2lbbFgONRv9qkxdawL');
    expect(login.first()).toBe('n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL');
    const nonce = 'fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j';
    expect(await login.final(`r=${nonce},s=QSXCR+Q6sek8bf92,i=4096`)).toBe(
      `c=biws,r=${nonce},p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=`,
    );
    login.verify('v=rmF9pqV8S7suAoZWja4dJRkFsKQ=');
  });

  test('with SHA-256 (RFC 7677 §3)', async () => {
    const login = new ScramLogin('sha256', 'user', 'pencil', 'rOprNGfwEbeRWgbNEkqO');
    const nonce = 'rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0';
    expect(await login.final(`r=${nonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`)).toBe(
      `c=biws,r=${nonce},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=`,
    );
    login.verify('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=');
  });
});

test('names with what separates the parts', () => {
  expect(new ScramLogin('sha1', 'a=b,c', '', 'n').first()).toBe('n,,n=a=3Db=2Cc,r=n');
});

test('a server that does not know the password, or wants too much, is refused', async () => {
  for (const first of [
    '',
    'e=other-error',
    'r=n,s=QQ==,i=4096',
    'r=other1,s=QQ==,i=4096',
    'r=n1,s=QQ==,i=0',
    'r=n1,s=QQ==,i=99999999',
  ])
    await expect(new ScramLogin('sha1', 'user', 'pencil', 'n').final(first)).rejects.toThrow(
      'as SCRAM wants it',
    );
  const login = new ScramLogin('sha1', 'user', 'pencil', 'n');
  expect(() => login.verify('v=')).toThrow('does not know');
  await login.final('r=n1,s=QQ==,i=4096');
  for (const last of ['', 'v=', 'v=QQ==', 'e=invalid-proof', `v=${Buffer.alloc(20).toString('base64')}`])
    expect(() => login.verify(last)).toThrow('does not know our password');
});

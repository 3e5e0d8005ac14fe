import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { silentLog } from '../log.ts';
import { createSqliteState } from '../state/sqlite.ts';
import { createAccounts } from './accounts.ts';
import { BusyError } from './password.ts';
import { defaultPolicySettings } from './settings.ts';
import { createVerifiedCache } from './verified-cache.ts';

test('a password is known for the hash it belongs to, for a while', () => {
  let time = 0;
  const cache = createVerifiedCache(1000, randomBytes, () => time);
  expect(cache.has('hash', 'secret')).toBe(false);
  cache.add('hash', 'secret');
  expect(cache.has('hash', 'secret')).toBe(true);
  expect(cache.has('hash', 'Secret')).toBe(false);
  expect(cache.has('other hash', 'secret')).toBe(false);
  time = 999;
  expect(cache.has('hash', 'secret')).toBe(true);
  time = -1;
  expect(cache.has('hash', 'secret')).toBe(false);
  cache.add('hash', 'secret');
  time = 1000;
  expect(cache.has('hash', 'secret')).toBe(false);
});

test('without a life nothing is kept, and what is kept is bounded', () => {
  const none = createVerifiedCache(0, randomBytes, () => 0);
  none.add('hash', 'secret');
  expect(none.has('hash', 'secret')).toBe(false);
  const cache = createVerifiedCache(1000, randomBytes, () => 0);
  for (let number = 0; number <= 10_000; number++) cache.add('hash', `secret ${number}`);
  expect(cache.has('hash', 'secret 0')).toBe(false);
  expect(cache.has('hash', 'secret 1')).toBe(true);
});

test('a login that was right costs no hash, a wrong one does', async () => {
  const state = createSqliteState({ path: ':memory:', log: silentLog });
  const open = (verifiedSeconds: number) =>
    createAccounts({
      state,
      random: randomBytes,
      settings: {
        ...defaultPolicySettings,
        domains: ['example.org'],
        accounts: {
          ...defaultPolicySettings.accounts,
          hashMemory: 64,
          hashPasses: 1,
          hashConcurrency: 1,
          hashQueue: 1,
          verifiedSeconds,
        },
      },
    });
  const many = async (accounts: ReturnType<typeof open>, password: string) =>
    Promise.allSettled(Array.from({ length: 20 }, () => accounts.verify('ben@example.org', password)));
  const busy = (settled: Awaited<ReturnType<typeof many>>): boolean =>
    settled.some((one) => one.status === 'rejected' && one.reason instanceof BusyError);
  try {
    const accounts = open(300);
    await accounts.add('ben@example.org', 'correct horse');
    expect(await accounts.verify('ben@example.org', 'correct horse')).toBe('ben@example.org');
    expect(busy(await many(accounts, 'correct horse'))).toBe(false);
    expect(busy(await many(accounts, 'wrong horse'))).toBe(true);
    const forgetful = open(0);
    expect(await forgetful.verify('ben@example.org', 'correct horse')).toBe('ben@example.org');
    expect(busy(await many(forgetful, 'correct horse'))).toBe(true);
    // Another process sets a new password: the old one is wrong at once, here too.
    await forgetful.passwd('ben@example.org', 'battery staple');
    expect(await accounts.verify('ben@example.org', 'correct horse')).toBeUndefined();
    await forgetful.remove('ben@example.org');
    expect(await accounts.verify('ben@example.org', 'battery staple')).toBeUndefined();
  } finally {
    await state.close();
  }
});

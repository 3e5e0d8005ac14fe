import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { silentLog } from '../log.ts';
import { createSqliteState } from '../state/sqlite.ts';
import type { State } from '../state/types.ts';
import { createAccounts } from './accounts.ts';
import type { Accounts } from './accounts.ts';
import { BusyError, generatePassword } from './password.ts';
import { defaultPolicySettings } from './settings.ts';
import type { PolicySettings } from './settings.ts';

let state: State;
let accounts: Accounts;
let time = 0;
beforeEach(() => {
  time = 1_000_000;
  state = createSqliteState({ path: ':memory:', log: silentLog });
  accounts = open();
});
afterEach(() => state.close());

function open(
  more: Partial<PolicySettings> = {},
  hashing: Partial<PolicySettings['accounts']> = {},
): Accounts {
  const settings: PolicySettings = {
    ...defaultPolicySettings,
    domains: ['example.org', 'BÜCHER.example'],
    ...more,
    // Cheap: what is tested is ours, not argon2's strength.
    accounts: { ...defaultPolicySettings.accounts, hashMemory: 64, hashPasses: 1, ...hashing },
  };
  return createAccounts({ state, settings, random: randomBytes, now: () => time });
}

const SECRET = 'correct horse';

test('an account can be added, listed, logged in to, changed and removed', async () => {
  await accounts.add('Ben@Example.ORG', SECRET, { aliases: ['info@example.org', 'INFO@example.org'] });
  await accounts.add('anne@example.org', SECRET);
  expect(await accounts.list()).toEqual([
    { address: 'anne@example.org', aliases: [], created: time },
    { address: 'ben@example.org', aliases: ['info@example.org'], created: time },
  ]);
  expect(await accounts.exists('BEN@example.org')).toBe(true);
  expect(await accounts.exists('info@example.org')).toBe(false);
  expect(await accounts.verify('BEN@example.org', SECRET)).toBe('ben@example.org');
  expect(await accounts.verify('info@example.org', SECRET)).toBe('ben@example.org');
  expect(await accounts.verify('ben@example.org', `${SECRET} `)).toBeUndefined();
  expect(await accounts.verify('ben+x@example.org', SECRET)).toBeUndefined();
  expect(await accounts.verify('nobody@example.org', SECRET)).toBeUndefined();
  expect(await accounts.verify('no address', SECRET)).toBeUndefined();
  await accounts.passwd('ben@example.org', 'battery staple');
  expect(await accounts.verify('ben@example.org', SECRET)).toBeUndefined();
  expect(await accounts.verify('ben@example.org', 'battery staple')).toBe('ben@example.org');
  expect(await accounts.remove('ben@example.org')).toBe(true);
  expect(await accounts.remove('ben@example.org')).toBe(false);
  expect(await accounts.remove('no address')).toBe(false);
  expect(await accounts.verify('ben@example.org', 'battery staple')).toBeUndefined();
  expect(await accounts.resolve('info@example.org')).toBeUndefined();
  await accounts.add('info@example.org', SECRET);
  expect(await accounts.resolve('info@example.org')).toBe('info@example.org');
});

test('passwords lie in the state as argon2id only', async () => {
  await accounts.add('ben@example.org', SECRET);
  const record = Buffer.from((await state.get('account/user/ben@example.org')) ?? []).toString();
  expect(record).toContain('$argon2id$v=19$m=64,t=1,p=1$');
  expect(record).not.toContain(SECRET);
});

test('a password is the same on every keyboard', async () => {
  await accounts.add('ben@example.org', 'schl\u00fcssel');
  expect(await accounts.verify('ben@example.org', 'schlu\u0308ssel')).toBe('ben@example.org');
});

test.each([
  ['@example.org', 'bad-address'],
  ['ben', 'bad-address'],
  ['..@example.org', 'bad-address'],
  ['a/b@example.org', 'bad-address'],
  ['"a b"@example.org', 'bad-address'],
  ['ben+x@example.org', 'bad-address'],
  [`${'x'.repeat(65)}@example.org`, 'bad-address'],
  ['ben@[192.0.2.1]', 'bad-address'],
  ['ben@example.net', 'not-local'],
] as const)('the address %s is refused (%s)', async (address, reason) => {
  await expect(accounts.add(address, SECRET)).rejects.toMatchObject({ reason });
  await expect(accounts.add('ok@example.org', SECRET, { aliases: [address] })).rejects.toMatchObject({
    reason,
  });
  expect(await accounts.list()).toEqual([]);
});

test.each(['short', 'x'.repeat(1025), 'new\nline is here', 'nul\0 is here'])(
  'the password %j is refused',
  async (bad) => {
    await expect(accounts.add('ben@example.org', bad)).rejects.toMatchObject({ reason: 'bad-password' });
    await accounts.add('ben@example.org', SECRET);
    await expect(accounts.passwd('ben@example.org', bad)).rejects.toMatchObject({ reason: 'bad-password' });
    expect(await accounts.verify('ben@example.org', bad)).toBeUndefined();
  },
);

test('nothing is taken twice, and a refused add leaves nothing behind', async () => {
  await accounts.add('ben@example.org', SECRET, { aliases: ['info@example.org'] });
  for (const address of ['ben@example.org', 'BEN@example.org', 'info@example.org'])
    await expect(accounts.add(address, SECRET)).rejects.toMatchObject({ reason: 'exists' });
  const aliases = ['new@example.org', 'info@example.org'];
  await expect(accounts.add('eve@example.org', SECRET, { aliases })).rejects.toMatchObject({
    reason: 'exists',
  });
  await expect(
    accounts.add('eve@example.org', SECRET, { aliases: ['eve@example.org'] }),
  ).rejects.toMatchObject({ reason: 'exists' });
  expect(await accounts.resolve('new@example.org')).toBeUndefined();
  await accounts.add('new@example.org', SECRET);
  await expect(accounts.passwd('eve@example.org', SECRET)).rejects.toMatchObject({ reason: 'not-found' });
  await expect(accounts.passwd('eve', SECRET)).rejects.toMatchObject({ reason: 'not-found' });
});

test('of many that add the same address at once one wins, and its aliases are whole', async () => {
  const results = await Promise.allSettled(
    Array.from({ length: 8 }, (_, at) =>
      accounts.add('ben@example.org', `${SECRET} ${at}`, { aliases: ['a@example.org', 'b@example.org'] }),
    ),
  );
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const alias of ['a@example.org', 'b@example.org'])
    expect(await accounts.resolve(alias)).toBe('ben@example.org');
});

test('an alias left over by a process that died is taken again', async () => {
  await state.put('account/alias/info@example.org', Buffer.from('gone@example.org'));
  expect(await accounts.resolve('info@example.org')).toBeUndefined();
  await accounts.add('ben@example.org', SECRET, { aliases: ['info@example.org'] });
  expect(await accounts.resolve('info@example.org')).toBe('ben@example.org');
});

test('changes at once do not undo each other or bring back what was removed', async () => {
  await accounts.add('ben@example.org', SECRET);
  await Promise.allSettled([
    accounts.passwd('ben@example.org', 'password one'),
    accounts.remove('ben@example.org'),
    accounts.passwd('ben@example.org', 'password two'),
  ]);
  expect(await accounts.list()).toEqual([]);
});

test('mail finds its account: alias, sub-address, postmaster, catch-all', async () => {
  const all = open({
    postmaster: 'ben@example.org',
    catchAll: [{ domain: 'bücher.example', account: 'anne@example.org' }],
  });
  await all.add('ben@example.org', SECRET, { aliases: ['info@example.org'] });
  await all.add('anne@example.org', SECRET);
  for (const [address, account] of [
    ['Ben@EXAMPLE.org', 'ben@example.org'],
    ['"ben"@example.org', 'ben@example.org'],
    ['ben+lists@example.org', 'ben@example.org'],
    ['info+a+b@example.org', 'ben@example.org'],
    ['+x@example.org', undefined],
    ['postmaster', 'ben@example.org'],
    ['PostMaster@example.org', 'ben@example.org'],
    ['postmaster+x@example.org', 'ben@example.org'],
    ['postmaster@elsewhere.example', undefined],
    ['anyone@bücher.example', 'anne@example.org'],
    ['anyone@xn--bcher-kva.example', 'anne@example.org'],
    ['nobody@example.org', undefined],
    ['ben', undefined],
    ['', undefined],
  ] as const)
    expect([address, await all.resolve(address)]).toEqual([address, account]);
  expect(await open({ subaddressSeparator: '' }).resolve('ben+lists@example.org')).toBeUndefined();
  expect(await open().resolve('postmaster')).toBeUndefined();
});

test('a new account is seen at once by others, a removed one is forgotten after the cache’s time', async () => {
  const server = open();
  expect(await server.resolve('ben@example.org')).toBeUndefined();
  await accounts.add('ben@example.org', SECRET);
  expect(await server.resolve('ben@example.org')).toBe('ben@example.org');
  await accounts.remove('ben@example.org');
  expect(await accounts.resolve('ben@example.org')).toBeUndefined();
  expect(await server.verify('ben@example.org', SECRET)).toBeUndefined();
  expect(await server.resolve('ben@example.org')).toBe('ben@example.org');
  time += 5000;
  expect(await server.resolve('ben@example.org')).toBeUndefined();
});

test('a flood of logins is turned away instead of eating the machine', async () => {
  await accounts.add('ben@example.org', SECRET);
  const narrow = open({}, { hashConcurrency: 1, hashQueue: 3 });
  const results = await Promise.allSettled(
    Array.from({ length: 10 }, () => narrow.verify('ben@example.org', SECRET)),
  );
  expect(results.filter((one) => one.status === 'fulfilled')).toHaveLength(4);
  for (const one of results) if (one.status === 'rejected') expect(one.reason).toBeInstanceOf(BusyError);
  expect(await narrow.verify('ben@example.org', SECRET)).toBe('ben@example.org');
});

test('a login as nobody costs as much as one with a wrong password', async () => {
  const slow = open({}, { hashMemory: 8192, hashPasses: 2 });
  await slow.add('ben@example.org', SECRET);
  const cost = async (address: string): Promise<number> => {
    const times = [];
    for (let at = 0; at < 7; at++) {
      const before = process.cpuUsage();
      await slow.verify(address, 'wrong password');
      const { user, system } = process.cpuUsage(before);
      times.push(user + system);
    }
    return times.sort((a, b) => a - b)[1] ?? 0;
  };
  await cost('warm-up@example.org');
  const [known, unknown] = [await cost('ben@example.org'), await cost('nobody@example.org')];
  expect(unknown / known).toBeGreaterThan(0.4);
  expect(unknown / known).toBeLessThan(2.5);
});

test('a damaged record is an error, not a lost mailbox', async () => {
  for (const damage of ['', '{', 'null', '{"address":"eve@example.org","hash":"x"}']) {
    await state.put('account/user/ben@example.org', Buffer.from(damage));
    await expect(accounts.resolve('ben@example.org')).rejects.toMatchObject({ temporary: false });
  }
});

test('generated passwords are long, legible, and not the same', async () => {
  const made = Array.from({ length: 50 }, () => generatePassword(randomBytes));
  for (const password of made) expect(password).toMatch(/^(?:[a-km-np-z2-9]{5}-){3}[a-km-np-z2-9]{5}$/);
  expect(new Set(made).size).toBe(50);
  await accounts.add('ben@example.org', made[0] ?? '');
});

test('a password gives the keys of SCRAM too, and a new one replaces them', async () => {
  await accounts.add('ben@example.org', SECRET, { aliases: ['info@example.org'] });
  const first = await accounts.scram('INFO@example.org', 'sha256');
  expect(first).toMatchObject({ account: 'ben@example.org', iterations: 50_000 });
  expect(first.salt).toHaveLength(16);
  await accounts.passwd('ben@example.org', 'battery staple');
  const second = await accounts.scram('ben@example.org', 'sha256');
  expect(Buffer.from(second.salt)).not.toEqual(Buffer.from(first.salt));
  const record = Buffer.from((await state.get('account/user/ben@example.org')) ?? []).toString();
  expect(record).not.toContain('battery');
});

test('an unknown user looks like any other to SCRAM', async () => {
  const one = await accounts.scram('nobody@example.org', 'sha1');
  const again = await open().scram('NOBODY@example.org', 'sha1');
  expect(one).toMatchObject({ account: undefined, iterations: 50_000 });
  expect(Buffer.from(again.salt)).toEqual(Buffer.from(one.salt));
  expect(one.keys.storedKey).toHaveLength(20);
  expect(Buffer.from((await accounts.scram('other@example.org', 'sha1')).salt)).not.toEqual(
    Buffer.from(one.salt),
  );
});

test('keys of SCRAM are not kept where they are not wanted, and made at the next login where they are', async () => {
  const without = open({}, { scramIterations: 0 });
  await without.add('ben@example.org', SECRET);
  expect(await accounts.scram('ben@example.org', 'sha1')).toMatchObject({ account: undefined });
  expect(await accounts.verify('ben@example.org', 'wrong')).toBeUndefined();
  expect(await accounts.scram('ben@example.org', 'sha1')).toMatchObject({ account: undefined });
  expect(await accounts.verify('ben@example.org', SECRET)).toBe('ben@example.org');
  expect(await accounts.scram('ben@example.org', 'sha1')).toMatchObject({ account: 'ben@example.org' });
  await open({}, { scramIterations: 4096 }).verify('ben@example.org', SECRET);
  expect(await accounts.scram('ben@example.org', 'sha1')).toMatchObject({ iterations: 4096 });
  await without.verify('ben@example.org', SECRET);
  expect(await accounts.scram('ben@example.org', 'sha1')).toMatchObject({ account: undefined });
});

test('all kinds of spaces in a password are one', async () => {
  await accounts.add('ben@example.org', 'correct\u00a0horse');
  expect(await accounts.verify('ben@example.org', 'correct horse')).toBe('ben@example.org');
});

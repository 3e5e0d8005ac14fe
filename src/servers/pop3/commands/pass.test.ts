import { expect, test } from 'vitest';
import { ANNA, BERT, Pop3Rig, SECRET } from '../../../../test/support/pop3-rig.ts';
import { StoreError } from '../../../store/types.ts';

const rig = new Pop3Rig();

test('spaces and octets above 127 belong to the password', async () => {
  await rig.start();
  await rig.imap.accounts.add('carl@example.org', ' spaces  and grüße ');
  const client = await rig.client();
  await client.ok('USER carl@example.org');
  client.send(Buffer.from('PASS  spaces  and grüße \r\n'));
  expect(await client.line()).toBe('+OK 0 messages (0 octets)');
});

test('a wrong one, one without a user; the last try ends the connection', async () => {
  await rig.start({ settings: { loginAttempts: 2 } });
  const client = await rig.client();
  expect(await client.command('PASS x')).toBe('-ERR USER comes first');
  expect(await client.login(ANNA, 'wrong')).toBe('-ERR [AUTH] Wrong user name or password');
  expect(await client.command(`PASS ${SECRET}`)).toBe('-ERR USER comes first');
  expect(await client.login('nobody@example.org', 'wrong')).toBe('-ERR [AUTH] Wrong user name or password');
  await client.hungUp();
});

test('a guard shared by all protocols', async () => {
  await rig.start({ logins: { addressFailures: 2, exemptNetworks: [] } });
  const imap = await rig.imap.client();
  for (let tries = 0; tries < 2; tries++) await imap.login(ANNA, 'wrong');
  const client = await rig.client();
  expect(await client.login(ANNA, SECRET)).toMatch(/^-ERR \[SYS\/TEMP\] Too many failed logins/);
});

test('sessions of a user, and the time between logins', async () => {
  await rig.start({ settings: { connectionsPerUser: 1 } });
  const first = await rig.loggedIn();
  const client = await rig.client();
  expect(await client.login(ANNA, SECRET)).toMatch(/^-ERR \[IN-USE\]/);
  expect(await client.login(BERT, SECRET)).toMatch(/^\+OK/);
  await first.ok('QUIT');
  await first.hungUp();
  await expect.poll(async () => (await rig.client()).login(ANNA, SECRET)).toMatch(/^\+OK/);
  await rig.server.close(0);

  let now = 1_000_000;
  await rig.start({ settings: { loginDelay: 60 }, server: { now: () => now } });
  await rig.loggedIn();
  const early = await rig.client();
  expect(await early.login(ANNA, SECRET)).toMatch(/^-ERR \[LOGIN-DELAY\]/);
  expect(await early.login(ANNA, 'wrong')).toMatch(/^-ERR \[AUTH\]/);
  now += 60_000;
  expect(await early.login(ANNA, SECRET)).toMatch(/^\+OK/);
});

test('a store that cannot be read now', async () => {
  let attempts = 0;
  await rig.start();
  const { store } = rig.imap;
  await rig.server.close(0);
  await rig.start({
    server: {
      store: {
        account: (name) =>
          attempts++ === 0 ? Promise.reject(new StoreError('io', 'broken')) : store.account(name),
      },
    },
  });
  const client = await rig.client();
  expect(await client.login(ANNA, SECRET)).toMatch(/^-ERR \[SYS\/TEMP\]/);
  expect(await client.command('STAT')).toBe('-ERR Log in first');
  expect(await client.login(ANNA, SECRET)).toMatch(/^\+OK/);
});

import { expect, test } from 'vitest';
import { ANNA, Pop3Rig, SECRET } from '../../../../test/support/pop3-rig.ts';

const rig = new Pop3Rig();

test('says nothing about whether there is such a user, and the last one counts', async () => {
  await rig.start();
  const client = await rig.client();
  expect(await client.command('USER nobody@example.org')).toBe(await client.command(`USER ${ANNA}`));
  expect(await client.command(`PASS ${SECRET}`)).toBe('+OK 0 messages (0 octets)');
  expect(await client.command(`USER ${ANNA}`)).toBe('-ERR You have logged in already');
});

test('a name is needed', async () => {
  await rig.start();
  const client = await rig.client();
  expect(await client.command('USER')).toMatch(/^-ERR/);
});

test('where passwords may not be sent there is none', async () => {
  await rig.start({ logins: { mechanisms: ['SCRAM-SHA-256'] } });
  const client = await rig.client();
  expect(await client.command(`USER ${ANNA}`)).toMatch(/^-ERR/);
  expect(await client.lines('CAPA')).not.toContain('USER');
});

import { expect, test } from 'vitest';
import { ANNA, ManageSieveRig, SECRET, testIdentity } from '../../../../test/support/managesieve-rig.ts';

const rig = new ManageSieveRig();

test('the connection and its TLS stay, the login does not', async () => {
  await rig.start({ server: { tls: await testIdentity() } });
  const client = await rig.client();
  await client.startTls();
  await client.plain(ANNA, SECRET);
  expect((await client.command('UNAUTHENTICATE')).raw).toBe('OK "Logged out"\r\n');
  expect((await client.command('LISTSCRIPTS')).text).toBe('Log in first');
  expect((await client.command('CAPABILITY')).lines.join()).not.toMatch(/OWNER|STARTTLS/);
  expect((await client.plain(ANNA, SECRET)).status).toBe('OK');
});

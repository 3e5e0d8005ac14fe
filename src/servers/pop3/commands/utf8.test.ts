import { expect, test } from 'vitest';
import { Pop3Rig } from '../../../../test/support/pop3-rig.ts';

const rig = new Pop3Rig();

test('before login only; headers in UTF-8 come as they are', async () => {
  await rig.start();
  await rig.imap.deliver([Buffer.from('Subject: grüße\n\n').toString('latin1')]);
  const client = await rig.client();
  expect(await client.command('UTF8')).toMatch(/^\+OK/);
  expect(await client.command('UTF8 x')).toMatch(/^-ERR/);
  const logged = await rig.loggedIn();
  expect(await logged.command('UTF8')).toBe('-ERR You have logged in already');
  expect((await logged.octets('RETR 1')).toString()).toBe('Subject: grüße\r\n\r\n');
});

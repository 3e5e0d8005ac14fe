import { expect, test } from 'vitest';
import { describeCommand, LOGGED_OUT } from '../../../../test/support/imap-command.ts';
import { ANNA, ImapRig, SECRET } from '../../../../test/support/imap-rig.ts';
import { selfSignedCertificate } from '../../../net/tls.ts';

describeCommand({ form: 'STARTTLS', states: LOGGED_OUT, status: 'NO' });

const rig = new ImapRig();

test('once; what was said in clear counts no more', async () => {
  await rig.start({ server: { tls: await selfSignedCertificate('mail.example.org', new Date()) } });
  const client = await rig.client();
  await client.startTls();
  const again = await client.command('STARTTLS');
  expect(again.status).toBe('BAD');
  expect((await client.ok('CAPABILITY')).untagged.join()).not.toContain('STARTTLS');
});

test('not within compression', async () => {
  await rig.start({ server: { tls: await selfSignedCertificate('mail.example.org', new Date()) } });
  const client = await rig.loggedIn();
  await client.compress();
  await client.ok('UNAUTHENTICATE');
  expect((await client.ok('CAPABILITY')).untagged.join()).not.toContain('STARTTLS');
  expect((await client.command('STARTTLS')).status).toBe('BAD');
  expect((await client.login(ANNA, SECRET)).status).toBe('OK');
});

test('without a certificate there is none', async () => {
  await rig.start();
  const client = await rig.client();
  expect((await client.command('STARTTLS')).status).toBe('NO');
  expect((await client.command('NOOP')).status).toBe('OK');
});

import { expect, test } from 'vitest';
import { describeCommand, LOGGED_OUT, text } from '../../../../test/support/imap-command.ts';
import { ANNA, ImapRig, SECRET } from '../../../../test/support/imap-rig.ts';

describeCommand({
  form: ['LOGIN ', text(ANNA), ' ', text(SECRET)],
  states: LOGGED_OUT,
  after: (client) => client.ok('UNAUTHENTICATE'),
});

const rig = new ImapRig();

test('the capabilities of who is in come with it', async () => {
  await rig.start();
  const client = await rig.client();
  expect((await client.login(ANNA, SECRET)).code).toMatch(/^CAPABILITY .*QRESYNC/);
});

test.each([
  ['a wrong password', ANNA, 'wrong'],
  ['no password', ANNA, ''],
  ['nobody', 'nobody@example.org', SECRET],
  ['a name with NUL', `${ANNA}\\0${ANNA}`, SECRET],
])('%s: refused, and no word of why', async (_, user, password) => {
  await rig.start();
  const client = await rig.client();
  const reply = await client.login(user, password);
  expect([reply.status, reply.code]).toEqual(['NO', 'AUTHENTICATIONFAILED']);
  expect((await client.command('SELECT INBOX')).status).toBe('BAD');
});

test('a password in UTF-8', async () => {
  await rig.start();
  await rig.accounts.passwd(ANNA, 'grünes Pferd');
  const client = await rig.client();
  const octets = Buffer.from('grünes Pferd');
  expect(
    (await client.command(`LOGIN ${ANNA} {${octets.length}+}\r\n${octets.toString('latin1')}`)).status,
  ).toBe('OK');
});

import { expect, test } from 'vitest';
import { describeCommand, LOGGED_IN } from '../../../../test/support/imap-command.ts';
import { ANNA, BERT, ImapRig, SECRET } from '../../../../test/support/imap-rig.ts';

describeCommand({ form: 'UNAUTHENTICATE', states: LOGGED_IN });

const rig = new ImapRig();

test('everything is as after the greeting', async () => {
  await rig.start();
  const client = await rig.selected();
  await client.ok('ENABLE QRESYNC');
  await client.ok('UNAUTHENTICATE');
  for (const command of ['SELECT INBOX', 'CHECK', 'UNAUTHENTICATE'])
    expect((await client.command(command)).status, command).toBe('BAD');
  await client.ok(`LOGIN ${BERT} "${SECRET}"`);
  expect((await client.command('CHECK')).status).toBe('BAD');
  expect((await client.command('SELECT INBOX (QRESYNC (1 1))')).status).toBe('BAD');
  expect((await client.ok('GETQUOTAROOT INBOX')).untagged[0]).toBe(`QUOTAROOT INBOX ${BERT}`);
  await client.ok('UNAUTHENTICATE');
  expect((await client.login(ANNA, SECRET)).status).toBe('OK');
});

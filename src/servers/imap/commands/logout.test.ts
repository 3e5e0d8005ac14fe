import { expect, test } from 'vitest';
import { ANY, describeCommand } from '../../../../test/support/imap-command.ts';
import { ImapRig } from '../../../../test/support/imap-rig.ts';

describeCommand({ form: 'LOGOUT', states: ANY });

const rig = new ImapRig();

test('BYE comes first, then OK, then the end; nothing is expunged', async () => {
  await rig.start();
  await rig.deliver(['Subject: x\n\nx\n']);
  const client = await rig.selected();
  await client.ok('STORE 1 +FLAGS (\\Deleted)');
  const reply = await client.ok('LOGOUT');
  expect(reply.untagged).toEqual(['BYE Logging out']);
  await client.hungUp();
  expect(client.unread).toBe('');
  const other = await rig.loggedIn();
  expect((await other.ok('STATUS INBOX (MESSAGES)')).untagged).toEqual(['STATUS INBOX (MESSAGES 1)']);
});

test('what is sent behind it is not done', async () => {
  await rig.start();
  const client = await rig.loggedIn();
  client.send('a LOGOUT\r\nb CREATE x\r\n');
  await client.hungUp();
  expect(client.unread).not.toContain('\nb ');
  expect((await (await rig.loggedIn()).ok('LIST "" x')).untagged).toEqual([]);
});

import { expect, test } from 'vitest';
import { describeCommand, SELECTED } from '../../../../test/support/imap-command.ts';
import { ImapRig } from '../../../../test/support/imap-rig.ts';

describeCommand({ form: 'UNSELECT', states: SELECTED });

const rig = new ImapRig();

test('closes, and nothing is expunged', async () => {
  await rig.start();
  await rig.deliver(['Subject: x\n\nx\n']);
  const client = await rig.selected();
  await client.ok('STORE 1 +FLAGS (\\Deleted)');
  expect((await client.ok('UNSELECT')).untagged).toEqual([]);
  expect((await client.command('FETCH 1 FLAGS')).status).toBe('BAD');
  expect((await client.ok('STATUS INBOX (MESSAGES)')).untagged).toEqual(['STATUS INBOX (MESSAGES 1)']);
});

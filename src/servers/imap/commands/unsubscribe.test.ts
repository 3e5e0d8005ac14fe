import { expect, test } from 'vitest';
import { describeCommand, LOGGED_IN, text } from '../../../../test/support/imap-command.ts';
import { ImapRig } from '../../../../test/support/imap-rig.ts';

describeCommand({ form: ['UNSUBSCRIBE ', text('INBOX')], states: LOGGED_IN });

const rig = new ImapRig();

test('twice is no mistake, and the mailbox stays', async () => {
  await rig.start();
  const client = await rig.loggedIn();
  await client.ok('CREATE x');
  await client.ok('SUBSCRIBE x');
  await client.ok('UNSUBSCRIBE x');
  await client.ok('UNSUBSCRIBE x');
  expect((await client.ok('LSUB "" x')).untagged).toEqual([]);
  expect((await client.ok('LIST "" x')).untagged).toHaveLength(1);
});

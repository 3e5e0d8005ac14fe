import { expect, test } from 'vitest';
import { describeCommand, LOGGED_IN, text } from '../../../../test/support/imap-command.ts';
import { ImapRig } from '../../../../test/support/imap-rig.ts';

describeCommand({ form: ['SUBSCRIBE ', text('INBOX')], states: LOGGED_IN });

const rig = new ImapRig();

test('is kept over sessions; what is not there cannot be', async () => {
  await rig.start();
  const client = await rig.loggedIn();
  await client.ok('CREATE x');
  await client.ok('UNSUBSCRIBE x');
  await client.ok('SUBSCRIBE x');
  await client.ok('SUBSCRIBE x');
  const other = await rig.loggedIn();
  expect((await other.ok('LSUB "" x')).untagged).toEqual(['LSUB () "/" x']);
  expect((await client.command('SUBSCRIBE missing')).code).toBe('NONEXISTENT');
});

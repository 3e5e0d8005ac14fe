import { expect, test } from 'vitest';
import { describeCommand, LOGGED_IN, text } from '../../../../test/support/imap-command.ts';
import { ImapRig } from '../../../../test/support/imap-rig.ts';

describeCommand({
  form: ['RENAME ', text('x'), ' ', text('y')],
  states: LOGGED_IN,
  before: (client) => client.ok('CREATE x'),
  after: (client) => client.ok('DELETE y'),
});

const rig = new ImapRig();

test('what is open stays open', async () => {
  await rig.start();
  const client = await rig.loggedIn();
  await client.ok('CREATE a/b');
  await client.ok('SELECT a/b');
  await client.ok('RENAME a c');
  await client.ok('NOOP');
  expect((await client.ok('STATUS c/b (MESSAGES)')).untagged).toEqual(['STATUS c/b (MESSAGES 0)']);
  expect((await client.command('RENAME a d')).code).toBe('NONEXISTENT');
  expect((await client.command('RENAME c INBOX')).code).toBe('ALREADYEXISTS');
});

test('INBOX stays, and its mail goes', async () => {
  await rig.start();
  const client = await rig.loggedIn();
  await rig.deliver(['Subject: x\n\nx\n']);
  await client.ok('RENAME INBOX old');
  const { untagged } = await client.ok('LIST "" * RETURN (STATUS (MESSAGES))');
  expect(untagged.filter((line) => line.startsWith('STATUS'))).toEqual([
    'STATUS INBOX (MESSAGES 0)',
    'STATUS old (MESSAGES 1)',
  ]);
});

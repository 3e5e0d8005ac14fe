import { expect, test } from 'vitest';
import { describeCommand, LOGGED_IN, text } from '../../../../test/support/imap-command.ts';
import { ImapRig } from '../../../../test/support/imap-rig.ts';

describeCommand({
  form: ['DELETE ', text('x')],
  states: LOGGED_IN,
  before: (client) => client.ok('CREATE x'),
});

const rig = new ImapRig();

test('what is open is closed', async () => {
  await rig.start();
  const client = await rig.loggedIn();
  await client.ok('CREATE a');
  await client.ok('SELECT a');
  expect((await client.ok('DELETE a')).untagged).toEqual(['OK [CLOSED] The mailbox that was open is gone']);
  expect((await client.command('CHECK')).status).toBe('BAD');
  expect((await client.command('DELETE a')).code).toBe('NONEXISTENT');
  expect((await client.command('DELETE INBOX')).code).toBe('CANNOT');
});

test('under another session ends that', async () => {
  await rig.start();
  const client = await rig.loggedIn();
  await client.ok('CREATE a');
  const other = await rig.selected('a');
  await client.ok('DELETE a');
  const { untagged } = await other.command('NOOP');
  expect(untagged[0]).toMatch(/^BYE/);
  await other.hungUp();
});

import { expect, test } from 'vitest';
import { describeCommand, LOGGED_IN, text } from '../../../../test/support/imap-command.ts';
import { ImapRig } from '../../../../test/support/imap-rig.ts';

describeCommand({
  form: ['CREATE ', text('x')],
  states: LOGGED_IN,
  after: (client) => client.ok('DELETE x'),
});

const rig = new ImapRig();

test('gives the identity; levels above are none until they are made', async () => {
  await rig.start();
  const client = await rig.loggedIn();
  const made = await client.ok('CREATE a/b/');
  expect(made.code).toMatch(/^MAILBOXID \([\w-]+\)$/);
  const { untagged } = await client.ok('STATUS a/b (MAILBOXID)');
  expect(`${untagged[0]}`).toContain(made.code);
  expect((await client.command('SELECT a')).code).toBe('NONEXISTENT');
  await client.ok('CREATE a');
  expect((await client.command('CREATE a')).code).toBe('ALREADYEXISTS');
  expect((await client.command('CREATE inbox')).code).toBe('ALREADYEXISTS');
});

test.each([
  'CREATE ""',
  'CREATE a//b',
  'CREATE "../x"',
  'CREATE "~x"',
  'CREATE "&"',
  'CREATE {3+}\r\na\tb',
  'CREATE /etc',
])('%j cannot be', async (command) => {
  await rig.start();
  const client = await rig.loggedIn();
  const { status, code } = await client.command(command);
  expect([status, code]).toEqual(['NO', 'CANNOT']);
});

test('special use', async () => {
  await rig.start();
  const client = await rig.loggedIn();
  await client.ok('CREATE Weg (USE (\\trash))');
  expect((await client.command('CREATE Weg2 (USE (\\Trash))')).code).toBe('USEATTR');
  expect((await client.command('CREATE Alles (USE (\\All))')).code).toBe('USEATTR');
  expect((await client.command('CREATE x (USE (Foo))')).status).toBe('BAD');
  expect((await client.command('CREATE x (FOO (\\Junk))')).status).toBe('BAD');
});

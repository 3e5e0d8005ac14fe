import { expect, test } from 'vitest';
import { describeCommand, LOGGED_IN } from '../../../../test/support/imap-command.ts';
import { ImapRig } from '../../../../test/support/imap-rig.ts';

describeCommand({
  form: 'ENABLE CONDSTORE',
  states: LOGGED_IN,
  bare: true,
  leftOver: [' )', ' {3+}\r\nabc', ' "CONDSTORE"'],
});

const rig = new ImapRig();

test('what is known comes back, on already or not', async () => {
  await rig.start();
  const client = await rig.loggedIn();
  expect((await client.ok('ENABLE condstore XYZZY Utf8=Accept')).untagged).toEqual([
    'ENABLED CONDSTORE UTF8=ACCEPT',
  ]);
  expect((await client.ok('ENABLE CONDSTORE QRESYNC')).untagged).toEqual(['ENABLED CONDSTORE QRESYNC']);
  // Announced, but nothing that can be switched on; and a name that every object has.
  expect((await client.ok('ENABLE IDLE constructor')).untagged).toEqual([]);
});

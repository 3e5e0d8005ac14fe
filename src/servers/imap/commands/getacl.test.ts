import { expect, test } from 'vitest';
import { describeCommand, LOGGED_IN, text } from '../../../../test/support/imap-command.ts';
import { ANNA, BERT, ImapRig } from '../../../../test/support/imap-rig.ts';

describeCommand({ form: ['GETACL ', text('INBOX')], states: LOGGED_IN });

const rig = new ImapRig();

test('with the rights of older clients beside those of today', async () => {
  await rig.start();
  const client = await rig.loggedIn();
  await client.ok('CREATE a');
  expect((await client.ok('GETACL a')).untagged).toEqual([`ACL a ${ANNA} lrswipkxteacd`]);
  await client.ok(`SETACL a ${BERT} lr`);
  const bert = await rig.loggedIn(BERT);
  // Who may not administer is told so; who may not even see it is told that it is not there.
  expect((await bert.command(`GETACL "Other Users/${ANNA}/a"`)).code).toBe('NOPERM');
  await client.ok(`DELETEACL a ${BERT}`);
  expect((await bert.command(`GETACL "Other Users/${ANNA}/a"`)).code).toBe('NONEXISTENT');
});

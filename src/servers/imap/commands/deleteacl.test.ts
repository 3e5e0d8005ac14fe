import { expect, test } from 'vitest';
import { describeCommand, LOGGED_IN, text } from '../../../../test/support/imap-command.ts';
import { ANNA, BERT, ImapRig } from '../../../../test/support/imap-rig.ts';

describeCommand({ form: ['DELETEACL ', text('INBOX'), ' ', text(BERT)], states: LOGGED_IN });

const rig = new ImapRig();

test('takes every right of one', async () => {
  await rig.start();
  const client = await rig.loggedIn();
  await client.ok('CREATE a');
  await client.ok(`SETACL a ${BERT} lrs`);
  await client.ok(`DELETEACL a ${BERT}`);
  expect((await client.ok('GETACL a')).untagged).toEqual([`ACL a ${ANNA} lrswipkxteacd`]);
  const bert = await rig.loggedIn(BERT);
  expect((await bert.command(`SELECT "Other Users/${ANNA}/a"`)).code).toBe('NONEXISTENT');
  expect((await client.command(`DELETEACL missing ${BERT}`)).code).toBe('NONEXISTENT');
});

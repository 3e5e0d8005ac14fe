import { expect, test } from 'vitest';
import { describeCommand, LOGGED_IN, text } from '../../../../test/support/imap-command.ts';
import { BERT, ImapRig } from '../../../../test/support/imap-rig.ts';

describeCommand({ form: ['LISTRIGHTS ', text('INBOX'), ' ', text(BERT)], states: LOGGED_IN });

const rig = new ImapRig();

test('each right can be given by itself', async () => {
  await rig.start();
  const client = await rig.loggedIn();
  expect((await client.ok(`LISTRIGHTS INBOX ${BERT}`)).untagged).toEqual([
    `LISTRIGHTS INBOX ${BERT} "" l r s w i p k x t e a c d`,
  ]);
  expect((await client.command(`LISTRIGHTS missing ${BERT}`)).code).toBe('NONEXISTENT');
});

import { expect, test } from 'vitest';
import { describeCommand, LOGGED_IN, text } from '../../../../test/support/imap-command.ts';
import { ANNA, BERT, ImapRig } from '../../../../test/support/imap-rig.ts';

describeCommand({ form: ['MYRIGHTS ', text('INBOX')], states: LOGGED_IN });

const rig = new ImapRig();

test('of the owner, of a guest, of a stranger', async () => {
  await rig.start();
  const client = await rig.loggedIn();
  await client.ok('CREATE a');
  await client.ok(`SETACL a ${BERT} lrw`);
  expect((await client.ok('MYRIGHTS a')).untagged).toEqual(['MYRIGHTS a lrswipkxteacd']);
  const bert = await rig.loggedIn(BERT);
  expect((await bert.ok(`MYRIGHTS "Other Users/${ANNA}/a"`)).untagged).toEqual([
    `MYRIGHTS "Other Users/${ANNA}/a" lrw`,
  ]);
  expect((await bert.command(`MYRIGHTS "Other Users/${ANNA}/INBOX"`)).code).toBe('NONEXISTENT');
});

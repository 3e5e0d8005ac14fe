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

test('also in sessions that have the mailbox open', async () => {
  await rig.start();
  const client = await rig.loggedIn();
  await client.ok('CREATE a');
  await client.ok('APPEND a {3}', 'abc');
  await client.ok(`SETACL a ${BERT} lrsw`);
  const [bert, idling] = [await rig.loggedIn(BERT), await rig.loggedIn(BERT)];
  await bert.ok(`SELECT "Other Users/${ANNA}/a"`);
  await idling.ok(`SELECT "Other Users/${ANNA}/a"`);
  idling.send('i IDLE\r\n');
  expect(await idling.line()).toMatch(/^\+/);
  await bert.ok('STORE 1 +FLAGS (\\Flagged)');
  expect(await idling.line()).toMatch(/^\* 1 FETCH/);
  await client.ok(`SETACL a ${BERT} -w`);
  expect((await bert.command('STORE 1 -FLAGS (\\Flagged)')).code).toBe('NOPERM');
  await bert.ok('STORE 1 +FLAGS (\\Seen)');
  expect(await idling.line()).toMatch(/^\* 1 FETCH/);
  await client.ok('RENAME a b');
  await bert.ok('FETCH 1 FLAGS');
  await client.ok(`DELETEACL b ${BERT}`);
  const refused = await bert.command('FETCH 1 BODY[]');
  expect([refused.code, refused.untagged]).toEqual(['NONEXISTENT', [expect.stringMatching(/^BYE /)]]);
  await client.ok('APPEND b {3}', 'abd');
  expect(await idling.line()).toMatch(/^\* BYE /);
});

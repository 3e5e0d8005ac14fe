import { expect, test } from 'vitest';
import { describeCommand, LOGGED_IN, text } from '../../../../test/support/imap-command.ts';
import { ADMIN, ANNA, ImapRig } from '../../../../test/support/imap-rig.ts';

describeCommand({ form: ['SETQUOTA ', text(ANNA), ' (STORAGE 100)'], states: LOGGED_IN, status: 'NO' });

const rig = new ImapRig();

test('administrators set it, each resource once', async () => {
  await rig.start();
  const admin = await rig.loggedIn(ADMIN);
  const client = await rig.loggedIn();
  expect((await client.command(`SETQUOTA ${ANNA} (STORAGE 100)`)).code).toBe('NOPERM');
  expect((await admin.ok(`SETQUOTA ${ANNA} (STORAGE 100 MESSAGE 10)`)).untagged).toEqual([
    `QUOTA ${ANNA} (STORAGE 0 100 MESSAGE 0 10)`,
  ]);
  expect((await admin.command(`SETQUOTA ${ANNA} (FOO 1)`)).status).toBe('NO');
  for (const list of [
    '(STORAGE 1 STORAGE 2)',
    '(STORAGE -1)',
    '(STORAGE 18446744073709551616)',
    '(STORAGE)',
    'STORAGE 1',
  ])
    expect((await admin.command(`SETQUOTA ${ANNA} ${list}`)).status, list).toBe('BAD');
  expect((await admin.ok(`SETQUOTA ${ANNA} ()`)).untagged).toEqual([`QUOTA ${ANNA} ()`]);
});

test('a mailbox with limits takes no more by COPY and MOVE either; what is moved within it is free', async () => {
  await rig.start();
  const admin = await rig.loggedIn(ADMIN);
  const client = await rig.loggedIn();
  for (const name of ['Box', 'Box/Sub']) await client.ok(`CREATE ${name}`);
  await admin.ok(`SETQUOTA ${ANNA}/Box (MESSAGE 1)`);
  await rig.deliver(['Subject: a\n\n', 'Subject: b\n\n']);
  await client.ok('SELECT INBOX');
  await client.ok('MOVE 1 Box');
  for (const command of ['MOVE 1 Box', 'MOVE 1 Box/Sub', 'COPY 1 Box/Sub'])
    expect(await client.command(command), command).toMatchObject({ status: 'NO', code: 'OVERQUOTA' });
  await client.ok('SELECT Box');
  await client.ok('MOVE 1 Box/Sub');
  await client.ok('SELECT Box/Sub');
  expect((await client.command('COPY 1 Box')).code).toBe('OVERQUOTA');
  await client.ok('MOVE 1 INBOX');
  expect((await client.ok(`GETQUOTA ${ANNA}/Box`)).untagged).toEqual([`QUOTA ${ANNA}/Box (MESSAGE 0 1)`]);
});

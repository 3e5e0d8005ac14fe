import { expect, test } from 'vitest';
import { describeCommand, SELECTED } from '../../../../test/support/imap-command.ts';
import { ANNA, BERT, ImapRig } from '../../../../test/support/imap-rig.ts';
import type { ImapClient } from '../../../../test/support/imap-client.ts';

describeCommand({ form: 'CLOSE', states: SELECTED });

const rig = new ImapRig();
const MESSAGE = 'Subject: x\n\nx\n';

async function withDeleted(): Promise<ImapClient> {
  await rig.start();
  await rig.deliver([MESSAGE, MESSAGE, MESSAGE]);
  const client = await rig.selected();
  await client.ok('STORE 2 +FLAGS (\\Deleted)');
  return client;
}
const left = async (): Promise<number[]> => [...((await (await rig.mail()).mailbox('INBOX'))?.uids() ?? [])];

test('CLOSE removes what has \\Deleted, without a word', async () => {
  const client = await withDeleted();
  expect((await client.ok('CLOSE')).untagged).toEqual([]);
  expect(await left()).toEqual([1, 3]);
  expect((await client.command('CLOSE')).status).toBe('BAD');
});

test('UNSELECT removes nothing', async () => {
  const client = await withDeleted();
  expect((await client.ok('UNSELECT')).untagged).toEqual([]);
  expect(await left()).toEqual([1, 2, 3]);
  expect((await client.command('UNSELECT')).status).toBe('BAD');
});

test('CLOSE removes nothing of a mailbox that is open for reading, nor without the right', async () => {
  const client = await withDeleted();
  await client.ok('EXAMINE INBOX');
  await client.ok('CLOSE');
  expect(await left()).toEqual([1, 2, 3]);
  await client.ok(`SETACL INBOX ${BERT} lrwst`);
  const bert = await rig.selected(`Other Users/${ANNA}/INBOX`, BERT);
  await bert.ok('CLOSE');
  expect(await left()).toEqual([1, 2, 3]);
  await client.ok(`SETACL INBOX ${BERT} +e`);
  await bert.ok(`SELECT "Other Users/${ANNA}/INBOX"`);
  await bert.ok('CLOSE');
  expect(await left()).toEqual([1, 3]);
});

test('another mailbox that is opened removes nothing, and LOGOUT neither', async () => {
  const client = await withDeleted();
  expect((await client.ok('SELECT INBOX')).untagged[0]).toBe('OK [CLOSED] The other mailbox is closed');
  const { untagged } = await client.ok('LOGOUT');
  expect(untagged).toEqual(['BYE Logging out']);
  await client.hungUp();
  expect(await left()).toEqual([1, 2, 3]);
});

test('CHECK and NOOP tell of what has happened, commands that are about other things do not', async () => {
  const client = await withDeleted();
  for (const command of ['CHECK', 'NOOP', 'STATUS INBOX (MESSAGES)']) {
    await rig.deliver([MESSAGE]);
    expect((await client.ok(command)).untagged.join()).toMatch(/\d EXISTS/);
  }
  await rig.deliver([MESSAGE]);
  for (const command of [
    'CAPABILITY',
    'LIST "" *',
    'SUBSCRIBE INBOX',
    'FETCH',
    'COPY 1 Nowhere',
    'NAMESPACE',
  ])
    expect((await client.command(command)).untagged.join()).not.toMatch(/EXISTS/);
  expect((await client.ok('NOOP')).untagged.join()).toMatch(/\d EXISTS/);
});

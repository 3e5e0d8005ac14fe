import { expect, test } from 'vitest';
import { describeCommand, LOGGED_IN } from '../../../../test/support/imap-command.ts';
import { BERT, ImapRig } from '../../../../test/support/imap-rig.ts';

describeCommand({ form: 'IDLE', states: LOGGED_IN });

const rig = new ImapRig();
const MESSAGE = 'Subject: x\n\nx\n';

test('new messages, flags and expunges are told at once', async () => {
  await rig.start();
  await rig.deliver([MESSAGE, MESSAGE]);
  const client = await rig.selected();
  client.send('a IDLE\r\n');
  expect(await client.line()).toBe('+ idling');
  await rig.deliver([MESSAGE]);
  expect(await client.line()).toBe('* 3 EXISTS');
  expect(await client.line()).toMatch(/^\* \d RECENT$/);
  const other = await rig.selected();
  await other.ok('STORE 1 +FLAGS (\\Deleted $New)');
  expect(await client.line()).toMatch(/^\* FLAGS \(.*\$New\)$/);
  expect(await client.line()).toMatch(/^\* OK \[PERMANENTFLAGS/);
  expect(await client.line()).toBe('* 1 FETCH (FLAGS (\\Deleted $New \\Recent))');
  await other.ok('EXPUNGE');
  expect(await client.line()).toBe('* 1 EXPUNGE');
  expect(await client.line()).toBe('* 2 RECENT');
  client.send('DONE\r\n');
  expect(await client.line()).toBe('a OK Done');
});

test('the literals and pipelined commands behind it are read', async () => {
  await rig.start();
  const client = await rig.loggedIn();
  client.send('a IDLE\r\ndone\r\nb NOOP\r\n');
  expect(await client.line()).toBe('+ idling');
  expect(await client.line()).toBe('a OK Done');
  expect(await client.line()).toBe('b OK Done');
});

test('anything but DONE ends it', async () => {
  await rig.start();
  const client = await rig.selected();
  client.send('a IDLE\r\nb NOOP\r\n');
  expect(await client.line()).toBe('+ idling');
  expect(await client.line()).toMatch(/^a BAD/);
  await client.ok('NOOP');
  expect((await client.command('IDLE x')).status).toBe('BAD');
});

test('its mailbox is deleted', async () => {
  await rig.start();
  const other = await rig.loggedIn();
  await other.ok('CREATE a');
  const client = await rig.selected('a');
  client.send('a IDLE\r\n');
  await client.line();
  await other.ok('DELETE a');
  await client.until(/^\* BYE/);
  await client.hungUp();
});

test('others sessions of others are not told', async () => {
  await rig.start();
  const client = await rig.selected('INBOX', BERT);
  client.send('a IDLE\r\n');
  await client.line();
  await rig.deliver([MESSAGE]);
  client.send('DONE\r\n');
  expect(await client.line()).toBe('a OK Done');
});

import { expect, test } from 'vitest';
import { describeCommand, LOGGED_IN } from '../../../../test/support/imap-command.ts';
import { ImapRig } from '../../../../test/support/imap-rig.ts';

describeCommand({ form: 'COMPRESS NONE', states: LOGGED_IN, status: 'NO' });

const rig = new ImapRig();

test('once, and then both directions are compressed', async () => {
  await rig.start();
  const client = await rig.loggedIn();
  await client.compress();
  expect((await client.ok('NOOP')).untagged).toEqual([]);
  const again = await client.command('COMPRESS DEFLATE');
  expect([again.status, again.code]).toEqual(['NO', 'COMPRESSIONACTIVE']);
  expect((await client.ok('SELECT INBOX')).code).toBe('READ-WRITE');
});

test('what was sent in clear behind it is not taken for a command', async () => {
  await rig.start();
  const client = await rig.loggedIn();
  client.send('a COMPRESS DEFLATE\r\nb CREATE x\r\n');
  expect(await client.line()).toMatch(/^a OK /);
  client.destroy();
  const other = await rig.loggedIn();
  expect((await other.ok('LIST "" x')).untagged).toEqual([]);
});

import { expect, test } from 'vitest';
import { describeCommand, LOGGED_IN, string, text } from '../../../../test/support/imap-command.ts';
import { ImapRig } from '../../../../test/support/imap-rig.ts';

describeCommand({
  form: ['SETMETADATA ', text('INBOX'), ' (', text('/private/comment'), ' ', string('x'), ')'],
  states: LOGGED_IN,
  binary: true,
});

const rig = new ImapRig();

test('values of all kinds, and none', async () => {
  await rig.start();
  const client = await rig.loggedIn();
  await client.ok(
    'SETMETADATA INBOX (/private/comment "a" /private/comment/deep {4}',
    'long',
    ' /shared/comment ~{2+}\r\n\0\xff)',
  );
  expect((await client.ok('GETMETADATA INBOX /shared/comment')).untagged).toEqual([
    'METADATA INBOX (/shared/comment ~{2}\r\n\0\xff)',
  ]);
  await client.ok('SETMETADATA INBOX (/private/comment NIL)');
  expect((await client.ok('GETMETADATA INBOX /private/comment')).untagged).toEqual([
    'METADATA INBOX (/private/comment NIL)',
  ]);
  await client.ok('SETMETADATA "" (/private/comment "mine")');
  expect((await client.ok('GETMETADATA "" /private/comment')).untagged).toEqual([
    'METADATA "" (/private/comment "mine")',
  ]);
  expect((await client.command('SETMETADATA "" (/shared/comment "x")')).code).toBe('NOPERM');
  expect((await client.command('SETMETADATA missing (/private/comment "x")')).code).toBe('NONEXISTENT');
  for (const list of ['(/private/x)', '(/private/x* "y")'])
    expect((await client.command(`SETMETADATA INBOX ${list}`)).status, list).toBe('BAD');
});

test('a value that is too large', async () => {
  await rig.start();
  const client = await rig.loggedIn();
  expect(
    (await client.command(`SETMETADATA INBOX (/private/x {200000+}\r\n${'x'.repeat(200_000)})`)).code,
  ).toMatch(/^METADATA MAXSIZE \d+$/);
});

import { expect, test } from 'vitest';
import { describeCommand, LOGGED_IN, text } from '../../../../test/support/imap-command.ts';
import { ImapRig } from '../../../../test/support/imap-rig.ts';

describeCommand({ form: ['GETMETADATA ', text('INBOX'), ' ', text('/private/comment')], states: LOGGED_IN });

const rig = new ImapRig();

test('at depths and up to sizes', async () => {
  await rig.start();
  const client = await rig.loggedIn();
  await client.ok('SETMETADATA INBOX (/private/comment "a" /private/comment/deep "long")');
  expect((await client.ok('GETMETADATA INBOX /private/comment')).untagged).toEqual([
    'METADATA INBOX (/private/comment "a")',
  ]);
  expect((await client.ok('GETMETADATA (DEPTH 1) INBOX (/private/comment)')).untagged).toEqual([
    'METADATA INBOX (/private/comment "a" /private/comment/deep "long")',
  ]);
  const short = await client.ok('GETMETADATA (MAXSIZE 3 DEPTH infinity) INBOX /private');
  expect([short.code, short.untagged]).toEqual([
    'METADATA LONGENTRIES 4',
    ['METADATA INBOX (/private/comment "a")'],
  ]);
  // As the examples of the RFC have it.
  const behind = await client.ok('GETMETADATA INBOX (MAXSIZE 3 DEPTH infinity) (/private)');
  expect([behind.code, behind.untagged]).toEqual([short.code, short.untagged]);
  expect((await client.ok('GETMETADATA INBOX (DEPTH 1) /private/comment')).untagged).toEqual([
    'METADATA INBOX (/private/comment "a" /private/comment/deep "long")',
  ]);
  expect((await client.command('GETMETADATA missing /private/comment')).code).toBe('NONEXISTENT');
  const entries = Array.from({ length: 501 }, (_, at) => `/private/${at}`).join(' ');
  for (const command of [
    'GETMETADATA (FOO 1) INBOX /private/x',
    'GETMETADATA (DEPTH 2) INBOX /private/x',
    'GETMETADATA (DEPTH) INBOX /private/x',
    'GETMETADATA (MAXSIZE x) INBOX /private/x',
    'GETMETADATA INBOX (DEPTH 2) /private/x',
    'GETMETADATA INBOX (DEPTH 1)',
    'GETMETADATA (DEPTH 1) INBOX (DEPTH 1) /private/x',
    'GETMETADATA INBOX /other/x',
    `GETMETADATA INBOX (${entries})`,
  ])
    expect((await client.command(command)).status, command.slice(0, 40)).toBe('BAD');
});

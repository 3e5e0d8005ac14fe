import { expect, test } from 'vitest';
import { describeCommand, LOGGED_IN, text } from '../../../../test/support/imap-command.ts';
import { ImapRig } from '../../../../test/support/imap-rig.ts';

describeCommand({ form: ['STATUS ', text('INBOX'), ' (MESSAGES)'], states: LOGGED_IN });

const rig = new ImapRig();

test('every item', async () => {
  await rig.start();
  const client = await rig.loggedIn();
  const letter = 'Subject: x\r\n\r\nx\r\n';
  await client.ok(`APPEND INBOX (\\Seen) {${letter.length}+}\r\n${letter}`);
  await client.ok(`APPEND INBOX (\\Deleted) {${letter.length}+}\r\n${letter}`);
  const { untagged } = await client.ok(
    'STATUS inbox (MESSAGES UIDNEXT UIDVALIDITY UNSEEN DELETED DELETED-STORAGE SIZE RECENT HIGHESTMODSEQ MAILBOXID APPENDLIMIT)',
  );
  expect(untagged[0]).toMatch(
    /^STATUS INBOX \(MESSAGES 2 UIDNEXT 3 UIDVALIDITY \d+ UNSEEN 1 DELETED 1 DELETED-STORAGE 17 SIZE 34 RECENT 2 HIGHESTMODSEQ \d+ MAILBOXID \(\S+\) APPENDLIMIT 10000000\)$/,
  );
  expect((await client.command('STATUS missing (MESSAGES)')).code).toBe('NONEXISTENT');
  for (const command of [
    'STATUS INBOX ()',
    'STATUS INBOX (FOO)',
    'STATUS INBOX MESSAGES',
    'STATUS INBOX (constructor)',
  ])
    expect((await client.command(command)).status).toBe('BAD');
});

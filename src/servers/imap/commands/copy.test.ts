import { describe, expect, test } from 'vitest';
import type { ImapClient } from '../../../../test/support/imap-client.ts';
import { describeCommand, SELECTED, text } from '../../../../test/support/imap-command.ts';
import { ANNA, BERT, literal, SessionRig, type TestSession } from '../../../../test/support/imap-session.ts';

const letter = (client: ImapClient): Promise<unknown> => client.ok('APPEND INBOX {3+}\r\na\r\n');
describeCommand({ form: ['COPY 1 ', text('INBOX')], states: SELECTED, before: letter });
describeCommand({ form: ['UID COPY 1 ', text('INBOX')], states: SELECTED, before: letter });
describeCommand({ form: ['MOVE 1 ', text('INBOX')], states: SELECTED, before: letter });
describeCommand({ form: 'UID MOVE 1 INBOX', states: SELECTED });

const rig = new SessionRig();

async function withMessages(count: number): Promise<TestSession> {
  const anna = await rig.session();
  await anna.session.user.create('Archive');
  for (let n = 1; n <= count; n++)
    await anna.ok('APPEND INBOX (\\Flagged $k) ', literal(`Subject: ${n}\r\n\r\nbody ${n}`));
  await anna.ok('SELECT INBOX');
  return anna;
}

/** Texts of the messages of a mailbox. */
async function bodies(mailbox: string, account = ANNA): Promise<string[]> {
  const session = await rig.session(undefined, account);
  await session.ok(`EXAMINE ${mailbox}`);
  const lines = await session.ok('UID FETCH 1:* (FLAGS BODY.PEEK[TEXT])');
  return lines.map((line) => /body \d+/.exec(line)?.[0] ?? line);
}

describe('COPY', () => {
  test('tells the UIDs, and takes flags and date along', async () => {
    const anna = await withMessages(3);
    const answer = await anna.command('COPY 2:3 Archive');
    expect(answer.code).toMatch(/^COPYUID \d+ 2:3 1:2$/);
    expect(answer.untagged).toEqual([]);
    expect(await bodies('Archive')).toEqual(['body 2', 'body 3']);
    expect(await bodies('INBOX')).toHaveLength(3);
    await anna.ok('SELECT Archive');
    expect((await anna.ok('FETCH 1 FLAGS'))[0]).toContain('\\Flagged $k');
    expect((await anna.command('UID COPY 2 Archive')).code).toMatch(/^COPYUID \d+ 2 3$/);
  });

  test('of nothing is OK', async () => {
    const anna = await withMessages(1);
    expect(await anna.command('UID COPY 77 Archive')).toMatchObject({ status: 'OK', code: '' });
  });

  test('by numbers all or none are copied, by UIDs those that are there', async () => {
    const anna = await withMessages(3);
    const other = await rig.session('INBOX');
    await other.ok('STORE 2 +FLAGS.SILENT (\\Deleted)');
    await other.ok('EXPUNGE');
    await anna.ok('FETCH 1:3 FLAGS');
    expect(await anna.command('COPY 1:3 Archive')).toMatchObject({
      status: 'NO',
      code: 'EXPUNGEISSUED',
      untagged: ['2 EXPUNGE', '2 RECENT'],
    });
    expect(await bodies('Archive')).toEqual([]);
    await other.ok('STORE 1 +FLAGS.SILENT (\\Deleted)');
    await other.ok('EXPUNGE');
    expect((await anna.command('UID COPY 1:3 Archive')).code).toMatch(/^COPYUID \d+ 3 1$/);
    expect(await anna.command('COPY 1 ""')).toMatchObject({ status: 'NO', code: 'CANNOT' });
  });

  test('says TRYCREATE where there is no such mailbox', async () => {
    const anna = await withMessages(1);
    for (const command of ['COPY 1 Nowhere', 'UID COPY 1 Nowhere', 'MOVE 1 Nowhere'])
      expect(await anna.command(command)).toMatchObject({ status: 'NO', code: 'TRYCREATE' });
    expect(await bodies('INBOX')).toHaveLength(1);
  });

  test('needs the right to insert, and brings only flags that may be set', async () => {
    const anna = await withMessages(1);
    const theirs = `"Other Users/${ANNA}/Archive"`;
    await anna.session.user.acl.set('Archive', BERT, 'replace', 'lr');
    const bert = await rig.session();
    bert.session.unauthenticate();
    await bert.session.login(BERT);
    await bert.ok('APPEND INBOX (\\Flagged \\Seen) ', literal('Subject: 1\r\n\r\nbody 9'));
    await bert.ok('SELECT INBOX');
    expect(await bert.command(`COPY 1 ${theirs}`)).toMatchObject({ status: 'NO', code: 'NOPERM' });
    await anna.session.user.acl.set('Archive', BERT, 'replace', 'lris');
    await bert.ok(`COPY 1 ${theirs}`);
    await anna.ok('SELECT Archive');
    expect((await anna.ok('FETCH 1 FLAGS'))[0]).toMatch(/^1 FETCH \(FLAGS \(\\Seen(?: \\Recent)?\)\)$/);
  });
});

describe('MOVE', () => {
  test('tells COPYUID before EXPUNGE', async () => {
    const anna = await withMessages(3);
    const answer = await anna.command('MOVE 1,3 Archive');
    expect(answer).toMatchObject({ status: 'OK', code: '' });
    expect(answer.untagged).toEqual([
      expect.stringMatching(/^OK \[COPYUID \d+ 1,3 1:2\]/),
      '3 EXPUNGE',
      '1 EXPUNGE',
      '1 RECENT',
    ]);
    expect(await bodies('INBOX')).toEqual(['body 2']);
    expect(await bodies('Archive')).toEqual(['body 1', 'body 3']);
  });

  test('by UID, with QRESYNC', async () => {
    const anna = await withMessages(2);
    await anna.ok('ENABLE QRESYNC');
    const { untagged: lines, code } = await anna.command('UID MOVE 2 Archive');
    expect(code).toMatch(/^HIGHESTMODSEQ \d+$/);
    expect(lines).toEqual([expect.stringMatching(/^OK \[COPYUID \d+ 2 1\]/), 'VANISHED 2', '1 RECENT']);
  });

  test('needs the rights to delete and to expunge', async () => {
    const anna = await withMessages(1);
    await anna.session.user.acl.set('INBOX', BERT, 'replace', 'lrst');
    const bert = await rig.session(`"Other Users/${ANNA}/INBOX"`, BERT);
    expect(await bert.command('MOVE 1 INBOX')).toMatchObject({ status: 'NO', code: 'NOPERM' });
    await anna.ok('EXAMINE INBOX');
    expect(await anna.command('MOVE 1 Archive')).toMatchObject({ status: 'NO', code: 'READ-ONLY' });
    expect(await bodies('INBOX')).toHaveLength(1);
  });
});

describe('faults', () => {
  test.each([
    'COPY 1',
    'COPY 1 Archive x',
    'COPY x Archive',
    'COPY 9 Archive',
    'MOVE',
    'UID MOVE 1',
    'UID COPY 1 ',
  ])('%s', async (command) => {
    const anna = await withMessages(1);
    expect((await anna.command(command)).status).toBe('BAD');
  });

  test('not without a mailbox, nor by numbers under UIDONLY', async () => {
    const anna = await withMessages(1);
    await anna.ok('ENABLE UIDONLY');
    for (const command of ['COPY 1 Archive', 'MOVE 1 Archive'])
      expect(await anna.command(command)).toMatchObject({ status: 'BAD', code: 'UIDREQUIRED' });
    await anna.ok('UNSELECT');
    expect((await anna.command('UID COPY 1 Archive')).status).toBe('BAD');
  });
});

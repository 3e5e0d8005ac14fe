import { describe, expect, test } from 'vitest';
import { describeCommand, SELECTED, text } from '../../../../test/support/imap-command.ts';
import { SystemFlag } from '../../../store/mail/types.ts';
import { literal, SessionRig, type TestSession } from '../../../../test/support/imap-session.ts';

describeCommand({
  form: ['REPLACE 1 ', text('INBOX'), ' {3+}\r\na\r\n'],
  states: SELECTED,
  message: true,
  before: (client) => client.ok('APPEND INBOX {3+}\r\na\r\n'),
});
describeCommand({ form: 'UID REPLACE 1 INBOX {3+}\r\na\r\n', states: SELECTED });

const rig = new SessionRig();

async function withMessages(): Promise<TestSession> {
  const anna = await rig.session();
  await anna.session.user.create('Drafts');
  for (const n of [1, 2]) await anna.ok('APPEND INBOX ', literal(`Subject: ${n}\r\n\r\n`));
  await anna.ok('SELECT INBOX');
  return anna;
}

describe('REPLACE', () => {
  test('puts a message in the place of another', async () => {
    const anna = await withMessages();
    const lines = await anna.ok('REPLACE 1 INBOX (\\Draft) ', literal('Subject: new\r\n\r\n'));
    expect(lines[0]).toMatch(/^OK \[APPENDUID \d+ 3\]/);
    expect(lines).toContain('1 EXPUNGE');
    expect(lines).toContain('2 EXISTS');
    expect(await anna.ok('UID FETCH 1:* RFC822.SIZE')).toEqual([
      '1 FETCH (UID 2 RFC822.SIZE 14)',
      '2 FETCH (UID 3 RFC822.SIZE 16)',
    ]);
  });

  test('by UID, in another mailbox', async () => {
    const anna = await withMessages();
    const lines = await anna.ok('UID REPLACE 2 Drafts ', literal('Subject: new\r\n\r\n'));
    expect(lines).toEqual([expect.stringMatching(/^OK \[APPENDUID \d+ 1\]/), '2 EXPUNGE', '1 RECENT']);
  });

  test('leaves all as it was when there is no such mailbox or message', async () => {
    const anna = await withMessages();
    expect(await anna.command('REPLACE 1 Nowhere ', literal('x'))).toMatchObject({
      status: 'NO',
      code: 'TRYCREATE',
    });
    expect(await anna.command('UID REPLACE 77 INBOX ', literal('x'))).toMatchObject({ status: 'NO' });
    expect(await anna.ok('FETCH 1:* UID')).toHaveLength(2);
  });

  test('a message that another session has expunged meanwhile is not replaced', async () => {
    const anna = await withMessages();
    const { mailbox } = anna.session.selected;
    await mailbox.store([1], { mode: 'add', flags: { system: SystemFlag.deleted, keywords: [] } });
    await mailbox.expunge([1]);
    const answer = await anna.command('REPLACE 1 INBOX ', literal('Subject: new\r\n\r\n'));
    expect(answer).toMatchObject({ status: 'NO', code: 'NONEXISTENT' });
    await anna.ok('NOOP');
    expect(await anna.ok('UID FETCH 1:* UID')).toEqual(['1 FETCH (UID 2)']);
  });

  test.each([
    [['REPLACE 1:2 INBOX ', literal('x')]],
    [['REPLACE 1,2 INBOX ', literal('x')]],
    [['REPLACE 1 INBOX']],
    [['REPLACE 1 INBOX ', literal('x'), ' ', literal('y')]],
    [['REPLACE 9 INBOX ', literal('x')]],
    [['UID REPLACE $ INBOX ', literal('x')]],
  ])('%j is BAD', async (pieces) => {
    const anna = await withMessages();
    expect((await anna.command(...pieces)).status).toBe('BAD');
  });

  test('not in a mailbox that is open for reading', async () => {
    const anna = await withMessages();
    await anna.ok('EXAMINE INBOX');
    expect((await anna.command('REPLACE 1 INBOX ', literal('x'))).code).toBe('READ-ONLY');
  });
});

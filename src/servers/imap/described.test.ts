import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ANNA, literal, SessionRig, type TestSession } from '../../../test/support/imap-session.ts';

const rig = new SessionRig();

/** Their sizes are all different, and in no order; some are deleted. */
async function filled(): Promise<TestSession> {
  const anna = await rig.session();
  for (const [number, lines] of [7, 2, 9, 4, 1, 30].entries()) {
    const references = number % 2 === 0 ? '' : `References: <${number - 1}@x>\r\n`;
    const text = `Message-ID: <${number}@x>\r\n${references}Subject: a ${lines}\r\nFrom: <${lines}@x>\r\n\r\n${'fox\r\n'.repeat(lines)}`;
    await anna.ok(`APPEND INBOX (${number === 3 ? '\\Deleted' : ''}) `, literal(text));
  }
  await anna.ok('SELECT INBOX');
  return anna;
}

/** As if the mailbox had just been taken over from another program: the index knows names, flags and dates. */
function forget(): void {
  const index = new DatabaseSync(join(rig.folder, ANNA, 'index.sqlite'), { timeout: 5000 });
  index.exec(
    `BEGIN IMMEDIATE; UPDATE message SET email_id = '', thread_id = '', content = NULL, size = 7;
     UPDATE mailbox SET size = 7 * messages; DELETE FROM content; DELETE FROM thread; COMMIT`,
  );
  index.close();
}

const left = (): number => {
  const index = new DatabaseSync(join(rig.folder, ANNA, 'index.sqlite'), { timeout: 5000, readOnly: true });
  const row = index.prepare(`SELECT count(*) AS left FROM message WHERE email_id = ''`).get();
  index.close();
  return Number(row?.['left']);
};

test.each([
  'FETCH 1:* RFC822.SIZE',
  'UID FETCH 2,5 (UID EMAILID THREADID)',
  'FETCH 1:* (FLAGS BODY.PEEK[])',
  'FETCH 1:* BODY.PEEK[]<3.10>',
  'FETCH 1:* (ENVELOPE BODYSTRUCTURE)',
  'FETCH 1:* (BINARY.SIZE[1] BINARY.PEEK[])',
  'FETCH 1:* PREVIEW',
  'FETCH 1:* FAST',
  'SEARCH LARGER 100',
  'SEARCH NOT (OR SMALLER 90 SUBJECT 9)',
  'SEARCH BODY fox SMALLER 120',
  'SEARCH FROM 4',
  'SORT (REVERSE SIZE) UTF-8 ALL',
  'UID SORT (FROM) UTF-8 ALL',
  'THREAD REFERENCES UTF-8 ALL',
  'STATUS INBOX (SIZE DELETED-STORAGE)',
  'LIST "" INBOX RETURN (STATUS (SIZE))',
])('%s waits until the files have been read', async (command) => {
  const anna = await filled();
  const before = await anna.ok(command);
  forget();
  expect(await anna.ok(command)).toEqual(before);
  expect(left()).toBeLessThan(6);
});

test('searches for ids find messages whose files nobody has read', async () => {
  const anna = await filled();
  const [line = ''] = await anna.ok('FETCH 4 (EMAILID THREADID)');
  const [, email, thread] = /EMAILID \(([^)]+)\) THREADID \(([^)]+)\)/.exec(line) ?? [];
  for (const [key, found] of [
    [`EMAILID ${email}`, 'SEARCH 4'],
    [`THREADID ${thread}`, 'SEARCH 3 4'],
  ]) {
    forget();
    expect(await anna.ok(`SEARCH ${key}`)).toEqual([found]);
  }
});

test('what names and dates tell waits for no file', async () => {
  const anna = await filled();
  forget();
  await anna.ok('FETCH 1:* (UID FLAGS INTERNALDATE MODSEQ SAVEDATE)');
  await anna.ok('SEARCH UNSEEN SINCE 1-Jan-2000');
  await anna.ok('SORT (ARRIVAL) UTF-8 ALL');
  await anna.ok('STATUS INBOX (MESSAGES UNSEEN UIDNEXT)');
  await anna.ok('STORE 1 +FLAGS \\Seen');
  expect(left()).toBe(6);
});

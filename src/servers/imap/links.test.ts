import { mkdirSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { silentLog } from '../../log.ts';
import { createMailStore } from '../../store/mail/mail-store.ts';
import { defaultStoreSettings } from '../../store/settings.ts';
import { ANNA, literal, SessionRig, type TestSession } from '../../../test/support/imap-session.ts';

const rig = new SessionRig();
let warnings: string[];
let anna: TestSession;
const maildir = (...parts: string[]): string => join(rig.folder, ANNA, 'Maildir', ...parts);

/** A folder elsewhere, with a link to it in the place of a mailbox that never was, and another where one was. */
beforeEach(async () => {
  warnings = [];
  const log = { ...silentLog, warn: (_: object, text: string) => void warnings.push(text), child: () => log };
  rig.store = createMailStore({ folder: rig.folder, settings: defaultStoreSettings, log });
  anna = await rig.session();
  for (const name of ['Was', 'Torn', 'Whole']) await anna.ok(`CREATE ${name}`);
  await anna.ok('APPEND Was ', literal('Subject: a\r\n\r\n'));
  const elsewhere = join(rig.folder, 'elsewhere');
  for (const part of ['cur', 'new', 'tmp']) mkdirSync(join(elsewhere, part), { recursive: true });
  symlinkSync(elsewhere, maildir('.Never'));
  renameSync(maildir('.Was'), join(rig.folder, 'was'));
  symlinkSync(join(rig.folder, 'was'), maildir('.Was'));
  renameSync(maildir('.Torn', 'cur'), maildir('.Torn', 'cur2'));
  symlinkSync('cur2', maildir('.Torn', 'cur'));
});

test('other mailboxes are as they were, and the log tells once', async () => {
  const names = (await anna.ok('LIST "" *')).map((line) => line.split(' ').at(-1));
  expect(names).toEqual(expect.arrayContaining(['INBOX', 'Torn', 'Whole']));
  expect(names).not.toContain('Never');
  await anna.ok('SELECT Whole');
  await anna.ok('APPEND Whole ', literal('Subject: b\r\n\r\n'));
  await anna.ok('CREATE Never/below');
  await anna.ok('LIST "" *');
  expect(warnings.filter((text) => text.includes('symbolic link'))).toHaveLength(2);
});

test.each([
  ['SELECT Was', 'CANNOT'],
  ['EXAMINE Torn', 'CANNOT'],
  ['STATUS Torn (MESSAGES)', 'CANNOT'],
  ['CREATE Never', 'CANNOT'],
  ['RENAME Whole Never', 'CANNOT'],
  ['SELECT Never', 'NONEXISTENT'],
  ['DELETE Never', 'NONEXISTENT'],
])('%s is refused: %s', async (command, code) => {
  const answer = await anna.command(command);
  expect(answer).toMatchObject({ status: 'NO', code });
  expect(answer.result).not.toContain(rig.folder);
});

test('messages do not go there', async () => {
  expect(await anna.command('APPEND Was ', literal('Subject: b\r\n\r\n'))).toMatchObject({
    status: 'NO',
    code: 'CANNOT',
  });
});

test('when the folder is back, its messages have their UIDs', async () => {
  await anna.command('SELECT Was');
  renameSync(maildir('.Was'), join(rig.folder, 'link'));
  renameSync(join(rig.folder, 'was'), maildir('.Was'));
  await anna.ok('SELECT Was');
  expect(await anna.ok('UID FETCH 1:* RFC822.SIZE')).toEqual(['1 FETCH (UID 1 RFC822.SIZE 14)']);
});
